// Lays the package, with the addon of the tests (feature `testing`), into test/node_modules as npm would.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const to = join(here, 'test', 'node_modules', 'otpkit')
rmSync(to, { recursive: true, force: true })
mkdirSync(to, { recursive: true })
for (const part of ['package.json', 'dist']) cpSync(join(here, part), join(to, part), { recursive: true })
const addon = [join(here, 'scripts', 'addon.mjs'), '--testing', '--to', join(to, 'native')]
execFileSync(process.execPath, addon, { stdio: 'inherit' })
