// Providers that live in JavaScript, and how they may fail: always a typed error or the declared result, in time.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'
import { Otpkit } from 'otpkit'
import { freshNumber, otpkitError, sleep } from './support.mjs'

const DEADLINE = 300
const withSender = (provider, settings = {}) => new Otpkit({ deadlineMs: DEADLINE, providers: { mine: provider }, ...settings })
const boom = () => {
  throw new Error('boom')
}
const never = () => new Promise(() => {})
/** Objects that do harm when they are looked at. */
const trap = new Proxy({}, { get: boom, has: boom, ownKeys: boom })
const thenTrap = { get then() { return boom() } }
const thenThrows = { then: boom }

async function timed(act) {
  const begin = performance.now()
  const result = await act().then((value) => ({ value }), (error) => ({ error }))
  return { ...result, ms: performance.now() - begin }
}

for (const [name, send] of Object.entries({
  'nothing': () => {},
  'null': () => null,
  'true': () => true,
  'a promise of nothing': async () => {},
  'a word': () => ({ result: 'sent' }),
  'a word and a reference': async () => ({ result: 'sent', reference: 'm1' }),
  'a thenable': () => ({ then: (resolve) => resolve(undefined) }),
  'a promise that is also a function': () => Object.assign(() => {}, { then: (resolve) => resolve(true) }),
})) {
  test(`a sender that answers ${name} has sent`, async () => {
    assert.equal((await withSender({ send }).start({ to: freshNumber() })).delivery, 'sent')
  })
}

for (const [name, send] of Object.entries({
  'throws at once': boom,
  'rejects': async () => boom(),
  'rejects with nothing': () => Promise.reject(),
  'rejects with a string': () => Promise.reject('text'),
  'rejects with what cannot be looked at': () => Promise.reject(trap),
  'throws what cannot be looked at': () => { throw trap },
  'throws an error whose message throws': () => { throw Object.defineProperty(new Error('x'), 'message', { get: boom }) },
  'throws null': () => { throw null },
  'answers a number': () => 42,
  'answers false': async () => false,
  'answers a text': () => 'ok',
  'answers an empty object': () => ({}),
  'answers an unknown word': () => ({ result: 'delivered' }),
  'answers a word of a verifier': () => ({ result: 'approved' }),
  'answers a word of another type': () => ({ result: true }),
  'answers a reference of another type': () => ({ result: 'sent', reference: 5 }),
  'answers an array': async () => ['sent'],
  'answers a symbol': () => Symbol('sent'),
  'answers a bigint': () => 1n,
  'answers a function': () => () => 'sent',
  'answers what cannot be looked at': () => trap,
  'promises what cannot be looked at': () => new Promise((resolve) => resolve({ get result() { return boom() } })),
  'answers an object whose then throws': () => thenTrap,
  'answers a thenable that throws': () => thenThrows,
  'answers a thenable that rejects twice': () => ({ then: (_, reject) => { reject(1); reject(2) } }),
  'says it is ambiguous': () => ({ result: 'ambiguous', reason: 'who knows' }),
  'overflows the stack': function deeper() { return deeper() + 1 },
})) {
  test(`a sender that ${name} leaves it unknown, and sends no second time`, async () => {
    const others = []
    const otp = new Otpkit({ deadlineMs: DEADLINE, providers: { mine: { send }, other: { send: (m) => void others.push(m) } } })
    const reply = await otp.start({ to: freshNumber() })
    assert.deepEqual([reply.delivery, reply.provider, others.length], ['unknown', 'mine', 0])
  })
}

test('onError: not_sent lets the next provider be tried', async () => {
  for (const send of [boom, async () => boom()]) {
    const otp = new Otpkit({ providers: { mine: { send, onError: 'not_sent' }, other: { send() {} } } })
    assert.equal((await otp.start({ to: freshNumber() })).provider, 'other')
  }
})

test('refusals are what they say', async () => {
  const cases = [
    [{ result: 'not_sent', reason: 'no credit' }, 'provider_unavailable', undefined],
    [{ result: 'rejected' }, 'rejected', undefined],
    [{ result: 'limited', retryAfterMs: 5000 }, 'provider_limited', 5000],
  ]
  for (const [answer, code, after] of cases) {
    for (const send of [() => answer, async () => answer]) {
      await assert.rejects(withSender({ send }).start({ to: freshNumber() }), (error) => {
        otpkitError(code)(error)
        if (after !== undefined) assert.equal(error.retryAfterMs, after)
        return true
      })
    }
  }
})

test('a sender that never answers is given up at the deadline', async () => {
  const { value, ms } = await timed(() => withSender({ send: never }).start({ to: freshNumber() }))
  assert.equal(value.delivery, 'unknown')
  assert.ok(ms >= DEADLINE - 50 && ms < DEADLINE + 250, `${ms} ms`)
})

test('timeoutMs of a provider is shorter than the deadline of the call', async () => {
  const otp = withSender({ send: never, timeoutMs: 60 }, { deadlineMs: 10_000 })
  const { value, ms } = await timed(() => otp.start({ to: freshNumber() }))
  assert.equal(value.delivery, 'unknown')
  assert.ok(ms < 500, `${ms} ms`)
})

test('late answers and second answers go nowhere', async () => {
  let answer
  const late = withSender({ send: () => new Promise((resolve, reject) => { answer = { resolve, reject } }) })
  const { delivery } = await late.start({ to: freshNumber() })
  assert.equal(delivery, 'unknown')
  answer.resolve({ result: 'rejected' })
  answer.reject(new Error('too late'))
  answer.resolve(trap)
  await sleep(20)
  // The client works on.
  const twice = withSender({ send: () => new Promise((resolve) => { resolve(true); resolve(false) }) })
  assert.equal((await twice.start({ to: freshNumber() })).delivery, 'sent')
})

test('the signal of a provider aborts at the deadline, and not before', async () => {
  const seen = []
  const otp = withSender({
    send({ signal }) {
      seen.push(signal.aborted)
      return new Promise((_, reject) => signal.addEventListener('abort', () => {
        seen.push(signal.aborted)
        reject(signal.reason)
      }))
    },
  })
  const { ms } = await timed(() => otp.start({ to: freshNumber() }))
  await sleep(50)
  assert.deepEqual(seen, [false, true])
  assert.ok(ms >= DEADLINE - 50, `${ms} ms`)

  let kept
  await withSender({ send: async (message) => { kept = message } }).start({ to: freshNumber() })
  await sleep(20)
  assert.equal(kept.signal.aborted, false)
  // Whoever asks for the signal only after the deadline gets one that is aborted.
  await withSender({ send: (message) => { kept = message; return never() } }).start({ to: freshNumber() })
  await sleep(50)
  assert.equal(kept.signal.aborted, true)
})

test('a provider may call otpkit again, three deep', async () => {
  for (const kind of ['sync', 'async', 'later']) {
    const sent = []
    const otp = new Otpkit({ providers: { mine: { send: kind === 'sync' ? again : async (m) => { if (kind === 'later') await sleep(1); return again(m) } } } })
    function again({ to, values, code }) {
      const depth = Number(values.depth ?? 0)
      sent.push({ to, code, depth })
      if (depth === 3) return true
      const inner = otp.start({ to: freshNumber(), values: { depth: String(depth + 1) } })
      return inner.then((reply) => void assert.equal(reply.delivery, 'sent'))
    }
    const started = await otp.start({ to: freshNumber() })
    assert.equal(started.delivery, 'sent')
    assert.deepEqual(sent.map(({ depth }) => depth), [0, 1, 2, 3])
    assert.equal((await otp.check({ id: started.id, code: sent[0].code })).approved, true)
  }
})

test('a provider that works within the call of another client does not mix them', async () => {
  const inner = new Otpkit({ providers: { inner: { send() {} } } })
  const replies = []
  const outer = new Otpkit({ providers: { outer: { send: () => { replies.push(inner.start({ to: freshNumber() })) } } } })
  assert.equal((await outer.start({ to: freshNumber() })).provider, 'outer')
  assert.equal((await replies[0]).provider, 'inner')
})

test('a provider sees everything that it needs, under JavaScript names', async () => {
  let seen
  const otp = new Otpkit({ tenant: 'acme', deadlineMs: 2000, providers: { mine: { send: (message) => { seen = message } } }, templates: { nl: 'Line one\n{code} for {amount}' } })
  const to = freshNumber()
  await otp.start({ to, purpose: 'pay', locale: 'nl', values: { amount: '5\n€', __proto__x: 'y' } })
  const { signal, ...plain } = { ...seen, signal: seen.signal }
  assert.ok(signal instanceof AbortSignal)
  assert.match(plain.code, /^\d{6}$/)
  assert.ok(plain.deadlineMs > 1500 && plain.deadlineMs <= 2000)
  assert.match(plain.idempotencyKey, /\S/)
  const { code, deadlineMs, idempotencyKey, ...rest } = plain
  assert.deepEqual(rest, {
    to,
    channel: 'sms',
    purpose: 'pay',
    tenant: 'acme',
    locale: 'nl',
    values: { amount: '5\n€', __proto__x: 'y' },
    ttlMs: 300000,
    text: `Line one\n${code} for 5€`, // values lose their control characters in a text
  })
})

test('methods keep their object, private fields and inheritance', async () => {
  class Base {
    #sent = 0
    send({ to }) {
      this.#sent++
      this.last = to
    }
    get sent() {
      return this.#sent
    }
  }
  class Mine extends Base {}
  const mine = new Mine()
  const otp = withSender(mine)
  const to = freshNumber()
  await otp.start({ to })
  assert.deepEqual([mine.sent, mine.last], [1, to])
  // Methods are looked up at each call.
  mine.send = () => ({ result: 'rejected' })
  await assert.rejects(otp.start({ to: freshNumber() }), otpkitError('rejected'))
  mine.send = undefined
  assert.equal((await otp.start({ to: freshNumber() })).delivery, 'unknown')
})

test('the async context of the caller reaches a provider', async () => {
  const store = new AsyncLocalStorage()
  let seen
  const otp = withSender({ send: async () => { seen = store.getStore() } })
  await store.run('request 1', () => otp.start({ to: freshNumber() }))
  assert.equal(seen, 'request 1')
})

for (const [name, create, expected] of [
  ['a text', () => 'r1', 'sent'],
  ['a reference', async () => ({ reference: 'r1' }), 'sent'],
  ['the word created', () => ({ result: 'created', reference: 'r1' }), 'sent'],
  ['nothing', () => undefined, 'cannot_tell'],
  ['true', async () => true, 'cannot_tell'],
  ['created without a reference', () => ({ result: 'created' }), 'cannot_tell'],
  ['a reference that is a number', () => ({ reference: 5 }), 'cannot_tell'],
  ['an exception', boom, 'cannot_tell'],
  ['an answer that never comes', never, 'cannot_tell'],
  ['a refusal', () => ({ result: 'rejected' }), 'rejected'],
]) {
  test(`a verifier whose create answers ${name}: ${expected}`, async () => {
    const otp = new Otpkit({ deadlineMs: DEADLINE, providers: { svc: { create, check: () => true } } })
    const start = otp.start({ to: freshNumber() })
    if (expected === 'sent') assert.equal((await start).delivery, 'sent')
    else await assert.rejects(start, otpkitError(expected))
  })
}

for (const [name, check] of Object.entries({
  'throws': boom,
  'rejects': async () => boom(),
  'answers nothing': () => undefined,
  'answers 1': () => 1,
  'answers a text': async () => 'true',
  'answers a Boolean object': () => new Boolean(true),
  'answers an empty object': () => ({}),
  'answers an unknown word': () => ({ result: 'yes' }),
  'says it cannot tell': () => ({ result: 'cannot_tell', reason: 'down' }),
  'answers what cannot be looked at': () => trap,
  'never answers': never,
})) {
  test(`a verifier whose check ${name} is never a yes, and spends the attempt`, async () => {
    const otp = new Otpkit({ deadlineMs: DEADLINE, providers: { svc: { create: () => 'r', check } } })
    const { id } = await otp.start({ to: freshNumber() })
    await assert.rejects(otp.check({ id, code: '123456' }), otpkitError('cannot_tell'))
    assert.equal((await otp.status({ id })).attemptsLeft, 4)
  })
}

test('a verifier is asked with its reference, and what it says counts', async () => {
  const seen = []
  const answers = [false, { result: 'wrong' }, true]
  const svc = {
    create: ({ to, code, text }) => { seen.push(['create', to, code, text]); return 'ref\nwith a line' },
    check: async ({ reference, code, to }) => { seen.push(['check', to, reference, code]); return answers.shift() },
    resend: ({ reference }) => { seen.push(['resend', reference]); return 'ref2' },
    cancel: ({ reference }) => { seen.push(['cancel', reference]) },
  }
  const otp = new Otpkit({ providers: { svc }, policy: { resendAfterSeconds: [0] } })
  const to = freshNumber()
  const { id } = await otp.start({ to })
  assert.equal((await otp.check({ id, code: '0001' })).approved, false)
  assert.equal((await otp.check({ id, code: '0002' })).attemptsLeft, 3)
  assert.equal((await otp.check({ id, code: ' 0042 ' })).approved, true)
  assert.deepEqual(seen, [
    ['create', to, undefined, undefined],
    ['check', to, 'ref\nwith a line', '0001'],
    ['check', to, 'ref\nwith a line', '0002'],
    ['check', to, 'ref\nwith a line', '0042'],
  ])
  const other = await otp.start({ to: freshNumber() })
  seen.length = 0
  await otp.resend({ id: other.id })
  assert.equal((await otp.cancel({ id: other.id })).canceled, true)
  await sleep(50)
  assert.deepEqual(seen, [['resend', 'ref\nwith a line'], ['cancel', 'ref2']])
})

test('a thousand right checks approve once, although the service says yes each time', async () => {
  for (const check of [() => true, async () => { await sleep(1); return true }]) {
    const otp = new Otpkit({ providers: { svc: { create: () => 'r', check } }, policy: { attempts: 10 } })
    const { id } = await otp.start({ to: freshNumber() })
    const replies = await Promise.all(Array.from({ length: 1000 }, () => otp.check({ id, code: '123456' })))
    assert.equal(replies.filter((reply) => reply.approved).length, 1)
  }
})

test('events come after the fact, and what a listener throws is ignored', async () => {
  const events = []
  let during = false
  const onEvent = (event) => {
    assert.equal(during, false)
    events.push(event)
    if (events.length % 2 === 1) throw new Error('listener')
    return Promise.reject(new Error('listener'))
  }
  const otp = new Otpkit({ providers: { mine: { send: () => boom() } }, onEvent })
  during = true
  const promise = otp.start({ to: freshNumber(), purpose: 'login' })
  during = false
  const { id } = await promise
  await otp.check({ id, code: '000000', purpose: 'login' })
  await otp.check({ id, code: 'x' }).catch(() => {})
  await sleep(50)
  assert.deepEqual(events.map(({ event }) => event), ['send', 'check', 'error'])
  assert.equal(events[0].result, 'ambiguous')
  assert.equal(events[0].id, id)
  assert.equal(typeof events[0].tookMs, 'number')
  assert.match(events[0].toMasked, /\*{5}/)
  assert.match(events[0].detail, /boom/)
  assert.equal(events[2].field, 'code')
})

test('an exception that names the code or the recipient does not carry them into events', async () => {
  const events = []
  const send = ({ to, code, text }) => { throw new Error(`could not send ${code} to ${to}: ${text}`) }
  const otp = new Otpkit({ providers: { mine: { send } }, onEvent: (event) => events.push(event) })
  const to = freshNumber()
  await otp.start({ to })
  await sleep(50)
  assert.equal(events.length, 1)
  assert.ok(!JSON.stringify(events).includes(to))
  assert.ok(!/\d{6}/.test(events[0].detail), events[0].detail)
})
