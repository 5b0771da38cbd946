// The SQLite store through Node: restarts, several clients, what is refused.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Otpkit } from 'otpkit'
import { packageFolder } from './support.mjs'

const folder = mkdtempSync(join(tmpdir(), 'otpkit-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const secrets = ['the-secret-of-these-tests-0123456789']
const settings = (name, more) => ({ secrets, store: `sqlite:${join(folder, name)}`, providers: { outbox: { type: 'outbox' } }, ...more })

test('another process checks what this one sent, once', async () => {
  const otp = new Otpkit(settings('shared.db'))
  const { id } = await otp.start({ to: '+31612345678' })
  const { code } = otp.outbox('outbox').last()
  const program = `
    import { Otpkit } from 'otpkit'
    const otp = new Otpkit(JSON.parse(process.argv[1]))
    console.log((await otp.check({ id: process.argv[2], code: process.argv[3] })).status)`
  const args = ['--input-type=module', '-e', program, JSON.stringify(settings('shared.db')), id, code]
  const run = () => execFileSync(process.execPath, args, { cwd: join(packageFolder, 'test'), encoding: 'utf8', timeout: 20_000 }).trim()
  assert.equal(run(), 'approved')
  assert.equal(run(), 'ended')
  assert.equal((await otp.check({ id, code })).status, 'ended')
})

test('of a hundred right checks at once one is approved', async () => {
  const otp = new Otpkit(settings('race.db'))
  const { id } = await otp.start({ to: '+31612345678' })
  const { code } = otp.outbox('outbox').last()
  const answers = await Promise.all(Array.from({ length: 100 }, () => otp.check({ id, code })))
  assert.equal(answers.filter(({ approved }) => approved).length, 1)
})

test('a store that outlives the process needs secrets', () => {
  assert.throws(() => new Otpkit(settings('secrets.db', { secrets: undefined })), { code: 'invalid_settings', field: 'secrets' })
})

test('a file of something else is refused and stays as it is', async () => {
  writeFileSync(join(folder, 'notes.txt'), 'not a database, but somebody\'s notes')
  const otp = new Otpkit(settings('notes.txt'))
  await assert.rejects(otp.start({ to: '+31612345678' }), { code: 'store_unavailable', message: /left as it is\. Name a file/ })
})
