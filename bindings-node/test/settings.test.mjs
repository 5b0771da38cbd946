// Settings: names, live providers, and refusals with the path as a JavaScript user writes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes, Otpkit, OtpkitError, settingsSchema, version } from 'otpkit'
import { readFileSync } from 'node:fs'
import { freshNumber, native, otpkitError, packageFolder } from './support.mjs'

const sender = { send() {} }
const outbox = { type: 'outbox' }
const boom = () => {
  throw new Error('boom')
}
const loop = { providers: { outbox } }
loop.policy = loop

for (const [name, settings, field] of [
  ['null', null, 'settings'],
  ['a number', 5, 'settings'],
  ['an array', [], 'settings'],
  ['a function', () => {}, 'settings'],
  ['an unknown setting', { polixy: {} }, 'polixy'],
  ['an unknown setting deep inside', { providers: { outbox }, policy: { ttlSecond: 60 } }, 'policy.ttlSecond'],
  ['a life above the ceiling', { providers: { outbox }, policy: { ttlSeconds: 601 } }, 'policy.ttlSeconds'],
  ['a life of another type', { providers: { outbox }, policy: { ttlSeconds: '60' } }, 'policy.ttlSeconds'],
  ['a purpose with points in its name', { providers: { outbox }, purposes: { 'my_shop.pay': { ttlSeconds: 601 } } }, 'purposes.my_shop.pay.ttlSeconds'],
  ['a short code', { providers: { outbox }, policy: { length: 4 } }, 'policy.length'],
  ['a short secret', { providers: { outbox }, secrets: ['short'] }, 'secrets'],
  ['a secret of another type', { providers: { outbox }, secrets: [Buffer.alloc(32)] }, 'secrets[0]'],
  ['a secret that is missing', { providers: { outbox }, secrets: [undefined] }, 'secrets[0]'],
  ['no provider', {}, 'providers'],
  ['providers as a list', { providers: [sender] }, 'providers'],
  ['a provider that is null', { providers: { mine: null } }, 'providers.mine'],
  ['a provider that is a function', { providers: { mine: () => {} } }, 'providers.mine'],
  ['a provider that is a class', { providers: { mine: class { send() {} } } }, 'providers.mine'],
  ['a provider without methods', { providers: { mine: {} } }, 'providers.mine'],
  ['a provider of an unknown type', { providers: { mine: { type: 'pigeon' } } }, 'providers.mine'],
  ['a provider of both kinds', { providers: { mine: { send() {}, create() {}, check() {} } } }, 'providers.mine'],
  ['a verifier that cannot check', { providers: { mine: { create() {} } } }, 'providers.mine'],
  ['a verifier that cannot create', { providers: { mine: { check() {} } } }, 'providers.mine'],
  ['a provider that cannot be read', { providers: { mine: { get send() { return boom() } } } }, 'settings'],
  ['a place without its provider', { providers: { mine: { type: 'callback' } } }, 'providers.mine'],
  ['a timeout of nothing', { providers: { mine: { ...sender, timeoutMs: 0 } } }, 'providers.mine.timeoutMs'],
  ['checksByRecipient of another type', { providers: { mine: { create() {}, check() {}, checksByRecipient: 1 } } }, 'providers.mine.checksByRecipient'],
  ['a route to nobody', { providers: { outbox }, routes: [{ use: ['outbox'] }, { use: ['nobody'] }] }, 'routes[1].use'],
  ['a route of another type', { providers: { outbox }, routes: [{ use: 'outbox' }] }, 'routes[0].use'],
  ['a deadline that is endless', { providers: { outbox }, deadlineMs: Infinity }, 'deadlineMs'],
  ['a deadline that is not a number', { providers: { outbox }, deadlineMs: NaN }, 'deadlineMs'],
  ['a deadline that is huge', { providers: { outbox }, deadlineMs: 1e9 }, 'deadlineMs'],
  ['a bigint', { providers: { outbox }, deadlineMs: 500n }, 'deadlineMs'],
  ['a symbol', { providers: { outbox }, brand: Symbol('x') }, 'brand'],
  ['a function as data', { providers: { outbox }, brand: () => 'x' }, 'brand'],
  ['a date', { providers: { outbox }, policy: new Date() }, 'policy'],
  ['a map', { providers: { outbox }, purposes: new Map() }, 'purposes'],
  ['a lone surrogate', { providers: { outbox }, brand: '\ud800' }, 'brand'],
  ['a store that nobody knows', { providers: { outbox }, store: 'redis://user:password@localhost' }, 'store'],
  ['settings that contain themselves', loop, undefined],
  ['a getter that throws', { providers: { outbox }, get brand() { return boom() } }, 'settings'],
  ['one setting in two spellings', { providers: { outbox }, deadlineMs: 500, deadline_ms: 600 }, 'deadline_ms'],
  ['a listener that is no function', { providers: { outbox }, onEvent: 'x' }, 'onEvent'],
]) {
  test(`refused with its path: ${name}`, () => {
    assert.throws(() => new Otpkit(settings), (error) => {
      assert.ok(error instanceof OtpkitError)
      assert.ok(!error.message.includes('password'), error.message)
      return otpkitError('invalid_settings', field)(error)
    })
  })
}

test('settings that a sentence mentions are spelt as a JavaScript user writes them', () => {
  const build = (settings) => () => new Otpkit({ providers: { outbox }, ...settings })
  assert.throws(build({ policy: { ttlSeconds: 601 } }), /`allowUnsafe`/)
  assert.throws(build({ policy: { ttlSeconds: 300, ceilingSeconds: 200 } }), /`ttlSeconds`/)
  assert.throws(build({ polixy: {} }), /`perIp`/)
})

test('an unknown meaning of an exception is refused', () => {
  assert.throws(() => new Otpkit({ providers: { mine: { ...sender, onError: 'sent' } } }), otpkitError('invalid_settings'))
})

test('without settings a client says what is missing', () => {
  assert.throws(() => new Otpkit(), otpkitError('invalid_settings', 'providers'))
  assert.throws(() => Otpkit(), TypeError)
})

test('names that users choose stay as they are', async () => {
  const otp = new Otpkit({
    providers: { my_box: outbox, ttlSeconds: outbox },
    purposes: { ttlSeconds: { ttlSeconds: 60 }, my_purpose: { ttlSeconds: 90 } },
    routes: [{ purpose: ['my_purpose'], use: ['my_box'] }, { use: ['ttlSeconds'] }],
  })
  const before = Date.now()
  const mine = await otp.start({ to: freshNumber(), purpose: 'my_purpose' })
  const other = await otp.start({ to: freshNumber(), purpose: 'ttlSeconds' })
  assert.deepEqual([mine.provider, other.provider], ['my_box', 'ttlSeconds'])
  assert.ok(Math.abs(mine.expiresAt - before - 90_000) < 2000)
  assert.ok(Math.abs(other.expiresAt - before - 60_000) < 2000)
  assert.equal(otp.outbox('my_box').messages().length, 1)
  assert.equal(otp.outbox('mine'), undefined)
  assert.throws(() => otp.outbox(5), otpkitError('invalid_input', 'name'))
})

test('a document in snake_case, as a file may hold it, serves too', async () => {
  const document = JSON.parse('{"providers":{"outbox":{"type":"outbox"}},"policy":{"ttl_seconds":60,"resend_after_seconds":[0]}}')
  const { expiresAt } = await new Otpkit(document).start({ to: freshNumber() })
  assert.ok(Math.abs(expiresAt - Date.now() - 60_000) < 2000)
})

test('a provider named __proto__ pollutes nothing', () => {
  const providers = JSON.parse('{"__proto__":{"type":"outbox"},"outbox":{"type":"outbox"}}')
  try {
    new Otpkit({ providers })
  } catch (error) {
    otpkitError('invalid_settings')(error)
  }
  assert.equal({}.type, undefined)
})

test('an outbox keeps messages, shows the newest and forgets', async () => {
  const otp = new Otpkit({ providers: { outbox } })
  const box = otp.outbox('outbox')
  assert.equal(box.last(), undefined)
  const to = freshNumber()
  await otp.start({ to, purpose: 'login' })
  const { code, text, at, ...rest } = box.last()
  assert.match(code, /^\d{6}$/)
  assert.ok(text.includes(code))
  assert.ok(at instanceof Date && Math.abs(at - Date.now()) < 5000)
  assert.deepEqual(rest, { to, channel: 'sms', purpose: 'login', locale: null })
  assert.equal(box.messages().length, 1)
  box.clear()
  assert.deepEqual(box.messages(), [])
})

test('the table of errors is the one of the core', () => {
  const table = JSON.parse(native.errorTable())
  assert.deepEqual(table.map(([code]) => code), [...errorCodes])
})

test('errors look like errors of JavaScript', () => {
  const error = new OtpkitError('rate_limited', 'wait', { retryAfterMs: 5 })
  assert.ok(error instanceof Error)
  assert.equal(String(error), 'OtpkitError: wait')
  assert.deepEqual(Object.keys(error), ['code', 'field', 'retryAfterMs'])
  assert.match(error.stack, /settings\.test\.mjs/)
})

test('the version is that of the package, and the schema has help in two languages', () => {
  assert.equal(version, JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')).version)
  const { deadline_ms: deadline } = settingsSchema().properties
  assert.ok(deadline.description && deadline['x-help-zh'])
})

test('what nobody uses is collected, even where a provider refers to its client', async () => {
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  const refs = []
  for (let n = 0; n < 50; n++) {
    const mine = { send: () => void mine.otp, otp: undefined }
    mine.otp = new Otpkit({ providers: { mine } })
    await mine.otp.start({ to: freshNumber() })
    refs.push(new WeakRef(mine.otp))
  }
  for (let n = 0; n < 10 && refs.some((ref) => ref.deref()); n++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    gc()
  }
  const left = refs.filter((ref) => ref.deref()).length
  assert.ok(left <= 1, `${left} of 50 clients are still held`)
})
