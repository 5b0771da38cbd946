// npm `messagebird` as it is published, against the sandbox.

import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { application, fault, newest, number, otherThan, url } from './support.mjs'

const require = createRequire(import.meta.url)
const SIGNING_KEY = 'OtpkitSandboxSigningKey000000000'

// The SDK calls https.request with a host of the vendor. Only the way changes: what it sends and how it reads stay its own.
const sandbox = new URL(url)
https.request = (options, ...rest) => {
  assert.equal(options.hostname, 'rest.messagebird.com')
  return http.request({ ...options, protocol: 'http:', hostname: sandbox.hostname, port: sandbox.port }, ...rest)
}
const { initClient } = require('messagebird')
const jwt = require('messagebird/lib/webhook-signature-jwt')

/** The SDK's client, with promises. */
function client(key = 'test_gshuPaZoeEG6ovbc8M79w0QyM', timeout) {
  const plain = initClient(key, timeout)
  const wrap = (part) => {
    const wrapped = {}
    for (const name of Object.keys(part)) wrapped[name] = promisify(part[name].bind(part))
    return wrapped
  }
  return { verify: wrap(plain.verify), messages: wrap(plain.messages), balance: wrap(plain.balance) }
}
const bird = client()

const failure = (statusCode, code, parameter) => (error) => {
  assert.equal(error.statusCode, statusCode, error.message)
  assert.equal(error.errors[0].code, code)
  assert.equal(error.errors[0].parameter ?? null, parameter ?? null)
  return true
}

test('a code is created, checked and approved', async () => {
  const to = number()
  const created = await bird.verify.create(to.slice(1), { originator: 'Acme', timeout: 300, reference: 'r-1', template: 'Acme: %token' })
  assert.equal(created.status, 'sent')
  assert.equal(created.recipient, Number(to.slice(1)))
  assert.equal(created.originator, 'Acme')
  assert.equal(created.reference, 'r-1')
  assert.equal(Date.parse(created.validUntilDatetime) - Date.parse(created.createdDatetime), 300_000)
  const message = await newest(to)
  assert.equal(message.provider, 'messagebird')
  assert.equal(message.channel, 'sms')
  assert.equal(message.text, `Acme: ${message.code}`)
  const verified = await bird.verify.verify(created.id, message.code)
  assert.deepEqual(verified, { ...created, status: 'verified' })
  assert.equal((await bird.verify.read(created.id)).status, 'verified')
  await assert.rejects(bird.verify.verify(created.id, message.code), failure(422, 10, 'token'))
})

test('one wrong token burns a verification that allows no more', async () => {
  const to = number()
  const created = await bird.verify.create(to, {})
  const { code } = await newest(to)
  await assert.rejects(bird.verify.verify(created.id, otherThan(code)), failure(422, 10, 'token'))
  await assert.rejects(bird.verify.verify(created.id, code), failure(422, 10, 'token'))
  assert.equal((await bird.verify.read(created.id)).status, 'failed')
})

test('more attempts are there when they were asked for', async () => {
  const to = number()
  const created = await bird.verify.create([to], { maxAttempts: 3, tokenLength: 8 })
  const { code } = await newest(to)
  assert.match(code, /^\d{8}$/)
  await assert.rejects(bird.verify.verify(created.id, otherThan(code)), failure(422, 10, 'token'))
  assert.equal((await bird.verify.verify(created.id, code)).status, 'verified')
})

test('an empty token is a read that succeeds, and proves nothing', async () => {
  const to = number()
  const created = await bird.verify.create(to, {})
  assert.equal((await bird.verify.verify(created.id, '')).status, 'sent')
  const { code } = await newest(to)
  assert.equal((await bird.verify.verify(created.id, code)).status, 'verified')
})

test('an odd token reaches the check whole', async () => {
  const created = await bird.verify.create(number(), {})
  await assert.rejects(bird.verify.verify(created.id, '12 34&x=1'), failure(422, 10, 'token'))
  assert.equal((await bird.verify.read(created.id)).status, 'failed')
})

test('a token is over when its time is', async () => {
  const to = number()
  const created = await bird.verify.create(to, { timeout: 1 })
  const { code } = await newest(to)
  await sleep(1100)
  assert.equal((await bird.verify.read(created.id)).status, 'expired')
  await assert.rejects(bird.verify.verify(created.id, code), failure(422, 10, 'token'))
})

test('a canceled verification approves nothing', async () => {
  const to = number()
  const created = await bird.verify.create(to, {})
  const { code } = await newest(to)
  assert.equal(await bird.verify.delete(created.id), true)
  await assert.rejects(bird.verify.verify(created.id, code), failure(422, 10, 'token'))
  await assert.rejects(bird.verify.delete(created.id), failure(404, 20))
})

test('a resend is a second verification beside the first', async () => {
  const to = number()
  const first = await bird.verify.create(to, {})
  const one = await newest(to)
  const second = await bird.verify.create(to, {})
  const two = await newest(to)
  assert.notEqual(first.id, second.id)
  assert.equal((await bird.verify.verify(first.id, one.code)).status, 'verified')
  assert.equal((await bird.verify.verify(second.id, two.code)).status, 'verified')
})

test('codes by e-mail and by voice', async () => {
  const created = await bird.verify.createWithEmail('Acme <verify@acme.example>', 'ada@example.com', { subject: 'Your code', timeout: 600 })
  assert.equal(created.recipient, 'ada@example.com')
  assert.equal(created.originator, 'verify@acme.example')
  const mail = await newest('ada@example.com')
  assert.deepEqual([mail.channel, mail.subject], ['email', 'Your code'])
  const { id, status } = await bird.verify.getVerifyEmailMessage(created.messages.id)
  assert.equal(id, created.messages.id)
  assert.ok(['sent', 'delivered'].includes(status), status)
  assert.equal((await bird.verify.verify(created.id, mail.code)).status, 'verified')

  const to = number()
  await bird.verify.create(to, { type: 'tts', voice: 'male', language: 'nl-nl' })
  const call = await newest(to)
  assert.deepEqual([call.channel, call.locale], ['voice', 'nl-nl'])
})

test('unknown ids, wrong parameters and wrong keys are refused as MessageBird does', async () => {
  await assert.rejects(bird.verify.read('nope'), failure(404, 20))
  await assert.rejects(bird.verify.create('1', {}), failure(422, 9, 'recipient'))
  await assert.rejects(bird.verify.create(number(), { template: 'no mark' }), failure(422, 10, 'template'))
  await assert.rejects(bird.verify.create(number(), { tokenLength: 5 }), failure(422, 10, 'tokenLength'))
  await assert.rejects(bird.verify.create(number(), { originator: 'much too long' }), failure(422, 10, 'originator'))
  for (const key of ['test_wrongwrongwrongwrongwrong', '']) {
    await assert.rejects(client(key).balance.read(), failure(401, 2, 'access_key'))
  }
  assert.equal((await bird.balance.read()).payment, 'prepaid')
})

test('messages are sent, read and delivered', async () => {
  const [one, two] = [number(), number()]
  const params = { originator: 'Acme', recipients: [one, two].map((to) => to.slice(1)), body: 'Your code is 042424', validity: 300, datacoding: 'auto' }
  const created = await bird.messages.create(params)
  assert.equal(created.direction, 'mt')
  assert.equal(created.datacoding, 'plain')
  assert.equal(created.validity, 300)
  assert.equal(created.recipients.totalCount, 2)
  assert.deepEqual(created.recipients.items.map((item) => [item.recipient, item.status]), [one, two].map((to) => [Number(to), 'sent']))
  const message = await newest(two)
  assert.deepEqual([message.provider, message.text, message.code], ['messagebird', 'Your code is 042424', '042424'])
  await sleep(400)
  const read = await bird.messages.read(created.id)
  assert.equal(read.recipients.totalDeliveredCount, 2)
  assert.deepEqual(read.recipients.items.map((item) => item.status), ['delivered', 'delivered'])
  await assert.rejects(bird.messages.create({ ...params, recipients: ['1'] }), failure(422, 9, 'recipients'))
  await assert.rejects(bird.messages.create({ ...params, originator: undefined }), failure(422, 9, 'originator'))
  await assert.rejects(bird.messages.read('nope'), failure(404, 20))
})

test('a scheduled message can be taken back', async () => {
  const params = { originator: 'Acme', recipients: [number()], body: 'x', scheduledDatetime: '2100-01-01T00:00:00+02:00' }
  const created = await bird.messages.create(params)
  assert.equal(created.recipients.items[0].status, 'scheduled')
  assert.equal(Date.parse(created.scheduledDatetime), Date.parse(params.scheduledDatetime))
  assert.equal(await bird.messages.delete(created.id), true)
  await assert.rejects(bird.messages.read(created.id), failure(404, 20))
})

test('a delivery report passes the verifier of the SDK, and only unchanged', async (t) => {
  const app = await application(t)
  const to = number()
  const params = { originator: 'Acme', recipients: [to], body: 'Hi', reference: 'order 1&2', reportUrl: `${app.url}/reports?from=mb` }
  const created = await bird.messages.create(params)
  const report = await app.next()
  assert.equal(report.method, 'GET')
  const said = new URL(report.url).searchParams
  assert.deepEqual(
    [said.get('from'), said.get('id'), said.get('reference'), said.get('recipient'), said.get('status')],
    ['mb', created.id, 'order 1&2', to.slice(1), 'delivered'],
  )
  assert.ok(Math.abs(Date.parse(said.get('statusDatetime')) - Date.now()) < 10_000)
  const key = createSecretKey(Buffer.from(SIGNING_KEY))
  const signature = report.headers[jwt.SIGNATURE_HEADER_NAME]
  assert.equal(await jwt.verify(report.url, report.body, signature, key), true)
  await assert.rejects(jwt.verify(report.url.replace('delivered', 'sent'), report.body, signature, key))
  await assert.rejects(jwt.verify(report.url, Buffer.from('x'), signature, key))
})

test('no reference, no report; a verification reports as well', async (t) => {
  const app = await application(t)
  const reportUrl = `${app.url}/`
  await bird.messages.create({ originator: 'Acme', recipients: [number()], body: 'Hi', reportUrl })
  const created = await bird.verify.create(number(), { reference: 'v-1', reportUrl })
  const said = new URL((await app.next()).url).searchParams
  assert.deepEqual([said.get('reference'), said.get('id'), said.get('status')], ['v-1', created.messages.id, 'delivered'])
})

test('special numbers fail in their way', async () => {
  await assert.rejects(bird.verify.create('+15005550001', {}), failure(422, 9, 'recipient'))
  await assert.rejects(bird.verify.create('+15005550005', {}), failure(402, 25))
  await assert.rejects(bird.verify.create('+15005550012', {}), failure(500, 99))
  // No JSON: what the SDK makes of that is an error without a code.
  await assert.rejects(bird.verify.create('+15005550008', {}), { message: 'response failed', statusCode: 429 })
  await assert.rejects(bird.verify.create('+15005550013', {}), { message: 'response failed', statusCode: 502 })
  await assert.rejects(bird.verify.create('+15005550014', {}), /request failed/)
  // It was handled all the same.
  assert.equal((await newest('+15005550014')).provider, 'messagebird')
  const created = await bird.messages.create({ originator: 'Acme', recipients: ['15005550010'], body: 'Hi' })
  await sleep(400)
  assert.equal((await bird.messages.read(created.id)).recipients.items[0].status, 'delivery_failed')
})

test('faults by request meet the requests they are for', async () => {
  const to = number()
  await fault({ path: '/verify', to, fault: { too_many_requests: { retry_after: 7 } } })
  await bird.verify.create(number(), {})
  await assert.rejects(bird.verify.create(to, {}), { statusCode: 429 })
  const created = await bird.verify.create(to, {})
  await fault({ path: '/verify', method: 'GET', to, fault: 'reset_before' })
  await assert.rejects(bird.verify.verify(created.id, otherThan((await newest(to)).code)), /request failed/)
  // The wrong token was not counted: the request was not handled.
  assert.equal((await bird.verify.read(created.id)).status, 'sent')
  await fault({ path: '/verify', fault: { latency: { ms: 3000 } } })
  await assert.rejects(client(undefined, 300).verify.read(created.id), /request failed|request closed/)
})
