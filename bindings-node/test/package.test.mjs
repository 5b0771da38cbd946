// What is published: small, without the seams of tests, and ready on a machine that has only Node.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { native, packageFolder, repository } from './support.mjs'
import { install, tarball } from './packed.mjs'

let packed
before(async () => { packed = await install() })
after(() => packed?.remove())

const filesIn = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name))

test('the tarball is small and holds what runs, nothing else', () => {
  const size = statSync(tarball).size
  console.log(`package: ${(size / 1024).toFixed(0)} KiB packed, ${(filesIn(packed.installed).reduce((sum, file) => sum + statSync(file).size, 0) / 1024).toFixed(0)} KiB installed`)
  assert.ok(size < 4 * 1024 * 1024, `${size} bytes`)
  for (const file of filesIn(packed.installed)) assert.match(file, /otpkit\/(package\.json|README\.md|dist\/[a-z]+\.(js|mjs|d\.ts|d\.mts)|native\/otpkit\.[a-z0-9-]+\.node)$/)
})

test('it has no dependencies and no install script', () => {
  const manifest = JSON.parse(readFileSync(join(packed.installed, 'package.json'), 'utf8'))
  assert.equal(manifest.dependencies, undefined)
  assert.equal(manifest.optionalDependencies, undefined)
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(manifest.scripts?.[script], undefined)
  assert.equal(manifest.engines.node, '>=20')
  assert.equal(readdirSync(join(packed.project, 'node_modules')).filter((name) => !name.startsWith('.')).join(), 'otpkit')
})

test('the seams of tests are not in it', async () => {
  assert.ok('useTestClock' in native, 'the addon of the tests has them')
  for (const file of filesIn(packed.installed)) assert.ok(!/test_?clock|panic_?in_?next/i.test(readFileSync(file, 'latin1')), file)
  const addon = filesIn(join(packed.installed, 'native'))[0]
  const { stdout } = await packed.node(['-p', `Object.keys(require(${JSON.stringify(addon)})).sort().join()`])
  assert.equal(stdout.trim(), 'errorTable,open,settingsSchema,version')
})

test('ES modules and CommonJS get the same classes', async () => {
  writeFileSync(join(packed.project, 'both.mjs'), `
    import { createRequire } from 'node:module'
    import * as esm from 'otpkit'
    const cjs = createRequire(import.meta.url)('otpkit')
    const { Otpkit, OtpkitError } = esm
    const error = await new cjs.Otpkit({ providers: { outbox: { type: 'outbox' } } }).start({}).catch((error) => error)
    console.log(Object.keys(esm).filter((name) => esm[name] !== cjs[name]).join() || 'same', error instanceof OtpkitError, error instanceof cjs.OtpkitError, Otpkit.name)
    console.log(Object.keys(esm).sort().join())
  `)
  const { stdout } = await packed.node(['both.mjs'])
  assert.equal(stdout, 'same true true Otpkit\nOtpkit,OtpkitError,Outbox,errorCodes,settingsSchema,version\n')
})

for (const example of ['quickstart', 'custom-provider']) {
  test(`the example ${example} runs on it`, async () => {
    const to = join(packed.project, example)
    cpSync(join(repository, 'examples', 'node', example), to, { recursive: true, filter: (path) => !path.includes('node_modules') })
    const { stdout, stderr } = await packed.node(['main.mjs'], { cwd: to })
    assert.equal(stderr, '')
    const expected = {
      quickstart: [/a code is on its way to \+31\*+78/, /the phone shows: .*\d{6}/, /approved false, 4 attempts left/, /welcome, \+31612345678/, /invalid_input, field to/],
      'custom-provider': [/broken: not_sent/, /gateway: sent/, /gateway served \+32/, /service served \+31/, /(approved: true[^]*){2}/],
    }[example]
    for (const line of expected) assert.match(stdout, line)
  })
}

for (const vendor of ['twilio', 'messagebird']) {
  test(`the example ${vendor}-verify runs on it, against the sandbox`, async () => {
    const to = join(packed.project, `${vendor}-verify`)
    cpSync(join(repository, 'examples', 'node', `${vendor}-verify`), to, { recursive: true, filter: (path) => !path.includes('node_modules') })
    const driver = [join(repository, 'scripts', 'type-codes.py'), vendor, process.env.OTPKIT_SANDBOX, process.execPath, 'main.mjs']
    assert.match(execFileSync('python3', driver, { cwd: to, encoding: 'utf8' }), /welcome, \+1/)
  })
}

test('without its addon it says what it looked for', async () => {
  const copy = join(packed.folder, 'copy')
  cpSync(packed.installed, copy, { recursive: true })
  rmSync(join(copy, 'native'), { recursive: true })
  const failed = await packed.node(['-e', `require(${JSON.stringify(copy)})`]).catch((error) => error)
  assert.match(failed.stderr, /otpkit has no native addon for linux x64 \(Node v\d+/)
  assert.match(failed.stderr, /Looked for: .*copy\/native\/otpkit\.linux-x64-(gnu|musl)\.node/)
})

test('the types of the settings are those of the schema', () => {
  execFileSync(process.execPath, [join(packageFolder, 'scripts', 'settings-types.mjs'), '--check'])
})

test('types serve in strict projects, ES modules and CommonJS, with the types of Node or of browsers', () => {
  const tsc = join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc')
  const project = join(packed.project, 'types')
  cpSync(join(packageFolder, 'test', 'types'), project, { recursive: true })
  const check = (files, options) => {
    const strict = { noEmit: true, strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, target: 'ES2022' }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ files, compilerOptions: { ...strict, ...options } }))
    execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  }
  const passes = (files, options) => {
    try {
      check(files, options)
    } catch (error) {
      assert.fail(error.stdout || error.message)
    }
  }
  const node = { module: 'Node16', types: ['node'], typeRoots: [join(packageFolder, 'node_modules', '@types')] }
  const browser = { types: [], lib: ['ES2022', 'DOM'] }
  passes(['usage.mts', 'usage.cts'], node)
  passes(['usage.mts'], { module: 'Node16', ...browser })
  passes(['usage.mts'], { module: 'ESNext', moduleResolution: 'Bundler', ...browser })
  // Mistakes are found.
  assert.throws(() => check(['mistakes.mts'], node), (error) => {
    const lines = readFileSync(join(project, 'mistakes.mts'), 'utf8').split('\n')
    const wrong = lines.flatMap((line, at) => (line.includes('// wrong') ? [at + 1] : []))
    const found = [...new Set([...error.stdout.matchAll(/^mistakes\.mts\((\d+),/gm)].map(([, line]) => Number(line)))]
    assert.deepEqual(found, wrong, error.stdout)
    return true
  })
})
