// A provider that is asked after the network: the question comes from another thread, through the queue. And calls
// that go back and forth between this thread and others.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Otpkit } from 'otpkit'
import { freshNumber, otpkitError, sleep } from './support.mjs'

// Nobody listens there, so nothing is sent and the next provider is tried.
const closed = { type: 'sandbox', url: 'http://127.0.0.1:1' }
const never = () => new Promise(() => {})
const boom = () => {
  throw new Error('boom')
}

/** A client that comes to `mine` from another thread. */
const viaNetwork = (mine, settings = {}) => new Otpkit({ deadlineMs: 400, providers: { closed, mine }, ...settings })

for (const [name, send, delivery] of [
  ['at once', () => {}, 'sent'],
  ['through a promise', async () => {}, 'sent'],
  ['after a while', () => sleep(20), 'sent'],
  ['by throwing', boom, 'unknown'],
  ['by rejecting', async () => boom(), 'unknown'],
  ['nonsense', () => 42, 'unknown'],
  ['never', never, 'unknown'],
]) {
  test(`it answers ${name}: ${delivery}`, async () => {
    const begin = performance.now()
    const reply = await viaNetwork({ send }).start({ to: freshNumber() })
    assert.deepEqual([reply.provider, reply.delivery], ['mine', delivery])
    assert.ok(performance.now() - begin < 1000)
  })
}

test('many at once come back, each to its own caller', async () => {
  const codes = new Map()
  const send = async ({ to, code }) => {
    await sleep(codes.size % 3)
    codes.set(to, code)
  }
  const otp = viaNetwork({ send }, { deadlineMs: 30_000 })
  const numbers = Array.from({ length: 500 }, freshNumber)
  const started = await Promise.all(numbers.map((to) => otp.start({ to })))
  const checked = await Promise.all(started.map(({ id }, n) => otp.check({ id, code: codes.get(numbers[n]) })))
  assert.ok(checked.every((reply, n) => reply.approved && reply.to === numbers[n]))
})

test('it may call otpkit again', async () => {
  let depth = 0
  const otp = viaNetwork({ send: async () => { if (++depth < 4) await otp.start({ to: freshNumber() }) } }, { deadlineMs: 5000 })
  assert.equal((await otp.start({ to: freshNumber() })).delivery, 'sent')
  assert.equal(depth, 4)
})

test('an aborted call tells it, also where the provider itself aborts', async () => {
  for (const make of [viaNetwork, (mine) => new Otpkit({ providers: { mine } })]) {
    for (const pause of [false, true]) {
      const controller = new AbortController()
      let tell
      const told = new Promise((resolve) => { tell = resolve })
      const send = async ({ signal }) => {
        signal.addEventListener('abort', tell)
        if (pause) await sleep(5)
        controller.abort()
        return never()
      }
      await assert.rejects(make({ send }).start({ to: freshNumber() }, { signal: controller.signal }), otpkitError('aborted'))
      await told
    }
  }
})

test('a call goes on to the network after a promise, and back again', async () => {
  const seen = []
  const say = (name, result) => async () => {
    seen.push(name)
    await null
    return { result }
  }
  const providers = { first: { send: say('first', 'not_sent') }, closed, second: { send: say('second', 'not_sent') }, third: { send: say('third', 'sent') } }
  const otp = new Otpkit({ providers })
  assert.equal((await otp.start({ to: freshNumber() })).provider, 'third')
  assert.deepEqual(seen, ['first', 'second', 'third'])
  const none = new Otpkit({ providers: { first: { send: say('first', 'not_sent') }, closed } })
  await assert.rejects(none.start({ to: freshNumber() }), otpkitError('provider_unavailable'))
})

test('its events come too', async () => {
  const events = []
  const otp = viaNetwork({ send: async () => {} }, { onEvent: (event) => events.push([event.provider, event.result]) })
  await otp.start({ to: freshNumber() })
  await sleep(20)
  assert.deepEqual(events, [['closed', 'not_sent'], ['mine', 'sent']])
})

let inbox
let posted
before(async () => {
  // Answers like a sandbox, slowly.
  posted = []
  inbox = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    posted.push(JSON.parse(body))
    await sleep(posted.length % 5)
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"msg_1"}')
  })
  await new Promise((resolve) => inbox.listen(0, '127.0.0.1', resolve))
})
after(() => {
  inbox.closeAllConnections()
  inbox.close()
})

test('a provider over the network serves many at once', async () => {
  const url = `http://127.0.0.1:${inbox.address().port}`
  const otp = new Otpkit({ providers: { sandbox: { type: 'sandbox', url } } })
  const numbers = Array.from({ length: 300 }, freshNumber)
  const started = await Promise.all(numbers.map((to) => otp.start({ to })))
  const codes = new Map(posted.map(({ to, code }) => [to, code]))
  const checked = await Promise.all(started.map(({ id }, n) => otp.check({ id, code: codes.get(numbers[n]) })))
  assert.equal(checked.filter(({ approved }) => approved).length, 300)
})
