// Runs tests/vectors/*.json through the public API: each case with providers that answer at once and with providers
// that answer through promises.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { repository } from './support.mjs'
import { runCase } from './vector-case.mjs'

const folder = join(repository, 'tests', 'vectors')
const files = readdirSync(folder).filter((name) => name.endsWith('.json')).sort()
const count = { passed: 0, failed: 0 }

after(() => console.log(`vectors: ${count.passed} passed, ${count.failed} failed`))

test('there are vectors', () => assert.notEqual(files.length, 0))
for (const file of files) {
  const { cases, ...rest } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  test(`${file} has cases`, () => {
    assert.ok(Array.isArray(cases) && cases.length > 0)
    assert.deepEqual(Object.keys(rest), ['about'])
  })
  for (const one of cases ?? []) {
    for (const mode of one.providers ? ['sync', 'async'] : ['sync']) {
      test(`${file}: ${one.name} (${mode})`, async () => {
        try {
          await runCase(one, mode)
          count.passed++
        } catch (error) {
          count.failed++
          throw error
        }
      })
    }
  }
}
