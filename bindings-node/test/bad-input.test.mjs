// Bad input is refused by name, spends nothing, and loses nothing: the right code still works afterwards.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clientWithCodes, freshNumber, otpkitError, wrong } from './support.mjs'
import { LONG, notCodes, notIds, notPurposes, notRecipients, notStrings } from './hostile.mjs'

/** A pending verification, and the proof at the end that nothing happened to it. */
async function pending() {
  const { otp, codes } = clientWithCodes()
  const to = freshNumber()
  const { id } = await otp.start({ to, purpose: 'login' })
  const code = codes.get(to)
  const untouched = async () => {
    assert.deepEqual(await otp.check({ id, code: wrong(code), purpose: 'login' }), {
      approved: false,
      status: 'pending',
      attemptsLeft: 4,
      reason: 'wrong_code',
    })
    assert.deepEqual(await otp.check({ id, code, purpose: 'login' }), { approved: true, status: 'approved', to })
  }
  return { otp, codes, to, id, code, untouched }
}

/** Every verb with arguments that serve. */
const serving = (p) => ({
  start: { to: p.to, purpose: 'login', channel: 'sms', ip: '192.0.2.1', context: 'c', locale: 'en', values: { a: 'b' } },
  check: { id: p.id, code: p.code, purpose: 'login', to: p.to, context: 'c' },
  resend: { id: p.id, purpose: 'login', to: p.to },
  cancel: { id: p.id, purpose: 'login', to: p.to },
  status: { id: p.id, purpose: 'login', to: p.to },
  deliver: { to: p.to, code: '424242', purpose: 'login', channel: 'sms', ip: '192.0.2.1', locale: 'en', values: { a: 'b' } },
  unlock: { to: p.to, purpose: 'login' },
})

test('a malformed code reaches no comparison', async () => {
  const p = await pending()
  const all = Object.entries(notCodes(p.code))
  assert.ok(all.length >= 60)
  for (const [name, code] of all) {
    await assert.rejects(p.otp.check({ id: p.id, code, purpose: 'login' }), otpkitError('invalid_input', 'code'), name)
  }
  await p.untouched()
})

test('blanks around a code are dropped, and that is all', async () => {
  for (const [before, after] of [[' ', ''], ['', '\n'], ['\t ', ' \r\n']]) {
    const p = await pending()
    assert.equal((await p.otp.check({ id: p.id, code: before + p.code + after, purpose: 'login' })).approved, true)
  }
})

for (const [field, cases, verbs] of [
  ['id', (p) => notIds(p.id), ['check', 'resend', 'cancel', 'status']],
  ['to', () => notRecipients, ['start', 'check', 'resend', 'cancel', 'status', 'deliver', 'unlock']],
  ['purpose', () => notPurposes, ['start', 'check', 'resend', 'cancel', 'status', 'deliver', 'unlock']],
  ['code', () => notCodes('424242'), ['deliver']],
  ['channel', () => ({ empty: '', capitals: 'SMS', blank: 's ms', long: 'c'.repeat(33), NUL: 'sms\0', '10 MB': LONG, surrogate: '\ud800' }), ['start', 'deliver']],
  ['ip', () => ({ empty: '', port: '192.0.2.1:80', four: '192.0.2.256', zone: 'fe80::1%eth0', name: 'localhost', NUL: '192.0.2.1\0', '10 MB': LONG }), ['start', 'deliver']],
  ['locale', () => ({ empty: '', one: 'e', blank: 'en us', NUL: 'en\0', '10 MB': LONG, surrogate: 'en\ud800' }), ['start', 'deliver']],
  ['context', () => ({ '10 MB': LONG, '10 MB of bytes': Buffer.alloc(10 << 20), surrogate: 'a\ud800' }), ['start', 'check']],
]) {
  test(`a malformed ${field} is refused by name`, async () => {
    const p = await pending()
    for (const verb of verbs) {
      for (const [name, value] of Object.entries(cases(p))) {
        const request = { ...serving(p)[verb], [field]: value }
        if (verb === 'deliver' && /^[0-9A-Za-z]{4,10}$/.test(value)) continue // a host's own code may have letters
        await assert.rejects(p.otp[verb](request), otpkitError('invalid_input', field), `${verb} ${field} ${name}`)
      }
    }
    await p.untouched()
  })
}

describe('what is no primitive string', () => {
  for (const verb of ['start', 'check', 'resend', 'cancel', 'status', 'deliver', 'unlock']) {
    test(`is refused in every field of ${verb}`, async () => {
      const p = await pending()
      const right = serving(p)[verb]
      for (const [field, text] of Object.entries(right)) {
        for (const [name, value] of Object.entries(notStrings(typeof text === 'string' ? text : 'x'))) {
          if (field === 'context' && name === 'Buffer') continue // bytes are a context
          if (field === 'values' && withoutEntries.includes(name)) continue
          await assert.rejects(p.otp[verb]({ ...right, [field]: value }), otpkitError('invalid_input', field), `${field} ${name}`)
        }
      }
      await p.untouched()
    })
  }
})

/** These are objects of strings, if without any string or with an odd name. */
const withoutEntries = ['empty object', 'without prototype', 'toPrimitive', 'greater than', 'proxy']

test('values are an object of strings', async () => {
  const p = await pending()
  for (const [name, value] of Object.entries(notStrings('x'))) {
    await assert.rejects(p.otp.start({ to: p.to, values: { name: value } }), otpkitError('invalid_input', 'values'), name)
  }
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`n${n}`, 'x']))
  for (const values of [many, { ['n'.repeat(65)]: 'x' }, { n: 'x'.repeat(257) }, { n: LONG }, { '\ud800': 'x' }, { n: '\ud800' }]) {
    await assert.rejects(p.otp.start({ to: p.to, values }), otpkitError('invalid_input', 'values'))
  }
  await p.untouched()
})

test('a missing field is named, and undefined is missing', async () => {
  const p = await pending()
  for (const [verb, needs] of Object.entries({ start: ['to'], check: ['id', 'code'], resend: ['id'], cancel: ['id'], status: ['id'], deliver: ['to', 'code'], unlock: ['to'] })) {
    for (const field of needs) {
      const { [field]: _, ...without } = serving(p)[verb]
      await assert.rejects(p.otp[verb](without), otpkitError('invalid_input', field), verb)
      await assert.rejects(p.otp[verb]({ ...without, [field]: undefined }), otpkitError('invalid_input', field), verb)
    }
  }
  await p.untouched()
  const again = await p.otp.start({ to: freshNumber(), purpose: undefined, ip: undefined, context: undefined, values: undefined })
  assert.equal((await p.otp.status({ id: again.id, purpose: undefined, to: undefined })).status, 'pending')
})

test('a request is an object of known fields', async () => {
  const p = await pending()
  for (const verb of Object.keys(serving(p))) {
    await assert.rejects(p.otp[verb](), otpkitError('invalid_input', 'request'), verb)
    for (const request of [null, true, 5, 'text', 5n, Symbol('s'), [], [p.id], () => ({})]) {
      await assert.rejects(p.otp[verb](request), otpkitError('invalid_input', 'request'), verb)
    }
    await assert.rejects(p.otp[verb]({ ...serving(p)[verb], tokne: 'x' }), otpkitError('invalid_input', 'tokne'), verb)
  }
  // Fields of another verb are unknown too.
  await assert.rejects(p.otp.check({ id: p.id, code: p.code, ip: '192.0.2.1' }), otpkitError('invalid_input', 'ip'))
  await p.untouched()
})

test('what a getter or proxy throws becomes a rejection', async () => {
  const p = await pending()
  const boom = new Error('boom')
  const fail = () => {
    throw boom
  }
  const hostile = [
    { id: p.id, get code() { return fail() } },
    new Proxy({}, { ownKeys: fail }),
    new Proxy({ id: p.id }, { get: fail }),
    new Proxy({ id: p.id }, { getOwnPropertyDescriptor: fail }),
    Proxy.revocable({}, {}).proxy,
  ]
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  for (const request of [...hostile.slice(0, 4), proxy]) {
    await assert.rejects(p.otp.check(request), otpkitError('invalid_input', 'request'))
  }
  await assert.rejects(p.otp.check(hostile[0]), (error) => error.cause === boom)
  await assert.rejects(p.otp.start({ to: p.to, values: new Proxy({}, { ownKeys: fail }) }), otpkitError('invalid_input', 'request'))
  await p.untouched()
})

test('each field is read once, so it cannot change between check and use', async () => {
  const p = await pending()
  let reads = 0
  const request = { id: p.id, purpose: 'login', get code() { return ++reads === 1 ? 'not a code' : p.code } }
  await assert.rejects(p.otp.check(request), otpkitError('invalid_input', 'code'))
  assert.equal(reads, 1)
  await p.untouched()
})

test('what somebody put on Object.prototype is not part of a request', async () => {
  const p = await pending()
  Object.prototype.code = p.code
  try {
    await assert.rejects(p.otp.check({ id: p.id, purpose: 'login' }), otpkitError('invalid_input', 'code'))
  } finally {
    delete Object.prototype.code
  }
  await p.untouched()
})

test('a context may be text or bytes, which are the same where their bytes are', async () => {
  const { otp, codes } = clientWithCodes()
  for (const [given, named, same] of [
    ['100 € to Jo', Buffer.from('100 € to Jo'), true],
    [new Uint8Array([0, 255, 10]), Buffer.from([0, 255, 10]), true],
    ['a', 'b', false],
    ['a', undefined, false],
    [new Uint8Array(new SharedArrayBuffer(2)), '\0\0', true],
  ]) {
    const to = freshNumber()
    const { id } = await otp.start({ to, context: given })
    const reply = await otp.check({ id, code: codes.get(to), context: named })
    assert.equal(reply.approved, same, String(named))
  }
})

test('no message repeats what was given', async () => {
  const p = await pending()
  const secret = `${p.code}x`
  for (const call of [
    () => p.otp.check({ id: p.id, code: secret }),
    () => p.otp.check({ id: secret, code: p.code }),
    () => p.otp.start({ to: `+31${secret}` }),
    () => p.otp.start({ to: p.to, purpose: `p ${secret}` }),
  ]) {
    await assert.rejects(call(), (error) => !error.message.includes(secret) && !error.message.includes(p.code))
  }
})
