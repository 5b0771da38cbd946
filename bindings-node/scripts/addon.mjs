// Builds the addon with cargo and puts it where the loader looks for it.
//   node scripts/addon.mjs [--testing] [--profile release|dist] [--to FOLDER]
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(here)
const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise)
const testing = process.argv.includes('--testing')
const profile = option('--profile', 'release')
const to = resolve(option('--to', join(here, 'native')))

const args = ['build', '--locked', '--profile', profile, '-p', 'otpkit-node']
if (testing) args.push('--features', 'testing')
execFileSync('cargo', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })

const libraries = { linux: 'libotpkit_node.so', darwin: 'libotpkit_node.dylib', win32: 'otpkit_node.dll' }
const built = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), profile, libraries[process.platform])
// Must say the same as `candidates` in ts/native.ts.
const musl = !process.report.getReport().header.glibcVersionRuntime
const suffix = { linux: musl ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? ''
const addon = join(to, `otpkit.${process.platform}-${process.arch}${suffix}.node`)

mkdirSync(to, { recursive: true })
// A new file: a process that has the old one loaded keeps it whole.
rmSync(addon, { force: true })
copyFileSync(built, addon)
if (process.platform !== 'win32' && existsSync('/usr/bin/strip')) {
  execFileSync('strip', process.platform === 'darwin' ? ['-x', addon] : ['--strip-unneeded', addon])
}
console.log(addon)
