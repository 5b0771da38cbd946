// Delivery reports: what the edge of JavaScript takes and refuses. What is signed and how is in tests/vectors/webhook.json.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Otpkit } from 'otpkit'
import { LONG, notStrings } from './hostile.mjs'
import { otpkitError } from './support.mjs'

const signingKey = '0123456789abcdef0123456789abcdef'
const url = 'https://example.com/otpkit/mine'
const body = 'MessageSid=SM1&MessageStatus=delivered'
const signature = createHmac('sha1', signingKey).update(`${url}MessageSidSM1MessageStatusdelivered`).digest('base64')

function client(onEvent) {
  const send = () => ({ result: 'sent', reference: 'SM1' })
  return new Otpkit({ providers: { mine: { send, reportsOf: 'twilio', signingKey } }, onEvent })
}

const request = (more = {}) => ({ method: 'POST', url, headers: { 'x-twilio-signature': signature }, body, ...more })

test('headers and body are taken as Node, fetch and others have them', async () => {
  const otp = client()
  const { id } = await otp.start({ to: '+31612345678' })
  const headers = { host: 'example.com', cookie: undefined, 'x-twilio-signature': signature, 'set-cookie': ['a', 'b'] }
  const pairs = Object.entries({ host: 'example.com', 'X-Twilio-Signature': signature })
  const shapes = [headers, Object.assign(Object.create(null), headers), new Headers(pairs), new Map(pairs), pairs, { 'x-twilio-signature': [signature] }]
  for (const [at, headers] of shapes.entries()) {
    const { reports } = await otp.webhook('mine', request({ headers }))
    assert.deepEqual(reports, [{ id, provider: 'mine', reference: 'SM1', status: 'delivered', changed: at === 0 }])
  }
  for (const same of [Buffer.from(body), new TextEncoder().encode(body), new Uint8Array(new SharedArrayBuffer(body.length)).fill(0).map((_, at) => body.charCodeAt(at))]) {
    assert.equal((await otp.webhook('mine', request({ body: same }))).reports.length, 1)
  }
  assert.equal((await otp.status({ id })).deliveryReport, 'delivered')
})

test('times are dates', async () => {
  const json = JSON.stringify({ messageSid: 'SM1', messageStatus: 'sent', timestamp: '2026-01-02T03:04:05+00:00' })
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(json))).toString('hex')
  const at = `${url}?bodySHA256=${hash}`
  const signed = createHmac('sha1', signingKey).update(at).digest('base64')
  const { reports } = await client().webhook('mine', { method: 'POST', url: at, headers: { 'x-twilio-signature': signed }, body: json })
  assert.deepEqual(reports[0].at, new Date('2026-01-02T03:04:05Z'))
})

test('what is no request is refused with its field, and without a report', async () => {
  const told = []
  const otp = client((event) => told.push(event))
  const refused = (request, field, provider = 'mine') => assert.rejects(otp.webhook(provider, request), otpkitError('invalid_input', field))
  for (const value of [undefined, null, 'x', 7, [], () => {}]) await refused(value, 'request')
  for (const [name, value] of Object.entries(notStrings)) {
    await refused(request({ method: value }), 'method', 'mine', name)
    await refused(request({ url: value }), 'url', 'mine', name)
    await refused(request(), 'provider', value)
  }
  await refused(request({ surprise: 1 }), 'surprise')
  for (const headers of [null, 7, 'x: y', { a: 1 }, { a: [1] }, [['a']], [['a', 'b', 'c']], ['ab'], [[1, 'b']], { a: '\ud800' }]) await refused(request({ headers }), 'headers')
  for (const body of [null, 7, {}, [], new Uint16Array(2), new ArrayBuffer(2), '\ud800', LONG, Buffer.from(LONG)]) await refused(request({ body }), 'body')
  await refused({ get url() { throw new Error('no') }, method: 'GET' }, 'request')
  await assert.rejects(otp.webhook('mine', request({ body: `${body}&x=1` })), otpkitError('invalid_signature'))
  await assert.rejects(otp.webhook('mine', request({ headers: {} })), otpkitError('invalid_signature'))
  assert.ok(told.every(({ event }) => event === 'error'))
})

test('an event tells of each report', async () => {
  const told = []
  const otp = client((event) => told.push(event))
  const { id } = await otp.start({ to: '+31612345678' })
  await otp.webhook('mine', request())
  await otp.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const about = told.find(({ event }) => event === 'report')
  assert.deepEqual(about, { event: 'report', id, provider: 'mine', reference: 'SM1', status: 'delivered', changed: true })
})

test('a signal and a closed client end it as every call', async () => {
  const otp = client()
  await assert.rejects(otp.webhook('mine', request(), { signal: AbortSignal.abort() }), otpkitError('aborted'))
  await otp.close()
  await assert.rejects(otp.webhook('mine', request()), otpkitError('closed'))
})
