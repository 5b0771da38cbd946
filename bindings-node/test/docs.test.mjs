// docs/node.md: each JavaScript block runs on the packed package, each TypeScript block compiles, and nothing is left out.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { errorCodes, settingsSchema } from 'otpkit'
import { packageFolder, repository } from './support.mjs'
import { install } from './packed.mjs'

const page = readFileSync(join(repository, 'docs', 'node.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text }))
const js = blocks.filter(({ language }) => language === 'js')
const ts = blocks.filter(({ language }) => language === 'ts')

let packed
before(async () => { packed = await install() })
after(() => packed?.remove())

test('there are blocks, each of a language that is tested', () => {
  assert.ok(js.length >= 8 && ts.length >= 1)
  assert.deepEqual([...new Set(blocks.map(({ language }) => language))].sort(), ['js', 'sh', 'ts'])
})

for (const [at, { text }] of js.entries()) {
  test(`JavaScript block ${at + 1} runs`, async () => {
    const file = join(packed.project, `block${at + 1}.mjs`)
    writeFileSync(file, text)
    const { stderr } = await packed.node([file])
    assert.equal(stderr, '')
  })
}

test('TypeScript blocks compile in strict mode', () => {
  const files = ts.map(({ text }, at) => {
    const file = join(packed.project, `block${at + 1}.mts`)
    writeFileSync(file, text)
    return file
  })
  const tsc = join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = ['--noEmit', '--strict', '--target', 'ES2022', '--module', 'Node16', '--types', 'node', '--typeRoots', join(packageFolder, 'node_modules', '@types')]
  try {
    execFileSync(process.execPath, [tsc, ...args, ...files], { cwd: packed.project, encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
})

test('every setting, verb and error is on the page', () => {
  const schema = settingsSchema()
  const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
  const names = [schema, ...Object.values(schema.$defs)].flatMap(({ properties }) => Object.keys(properties ?? {})).map(camel)
  const verbs = ['start', 'check', 'resend', 'cancel', 'status', 'deliver', 'unlock', 'webhook']
  const missing = [...new Set([...names, ...verbs])].filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``).test(page))
  assert.deepEqual(missing, [])
  assert.deepEqual([...page.matchAll(/^\| `(\w+)` \| (?:input|wait|outage) \|/gm)].map(([, code]) => code), [...errorCodes])
})
