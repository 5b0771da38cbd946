// The packed package, installed into an empty folder with nothing but node and npm on the PATH: no compiler, no network.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from './support.mjs'

const run = promisify(execFile)

export const tarball = (() => {
  const found = readdirSync(packageFolder).filter((name) => /^otpkit-.*\.tgz$/.test(name))
  if (found.length !== 1) throw new Error(`one otpkit-*.tgz is needed in ${packageFolder}, made by test.sh; there are ${found.length}`)
  return join(packageFolder, found[0])
})()

/** A folder where the tarball is installed, and a way to run node there. */
export async function install() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'otpkit-packed-')))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const npm = realpathSync((await run('sh', ['-c', 'command -v npm'])).stdout.trim())
  const env = { PATH: bin, HOME: folder, npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' }
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "version": "1.0.0", "private": true }\n')
  const node = async (args, options = {}) => {
    const { stdout, stderr } = await run(join(bin, 'node'), args, { cwd: project, env, timeout: 60_000, ...options })
    return { stdout, stderr }
  }
  await node([npm, 'install', tarball, '--offline', '--ignore-scripts', '--no-audit', '--no-fund'])
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, project, installed: join(project, 'node_modules', 'otpkit'), node, npm: dirname(npm), remove }
}
