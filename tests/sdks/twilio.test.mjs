// npm `twilio` as it is published, against the sandbox.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { application, fault, newest, number, otherThan, url } from './support.mjs'

const require = createRequire(import.meta.url)
const twilio = require('twilio')
const RequestClient = require('twilio/lib/base/RequestClient')

const ACCOUNT = 'AC00000000000000000000000000000001'
const TOKEN = '0123456789abcdef0123456789abcdef'
const SERVICE = 'VA00000000000000000000000000000001'
const FROM = '+15005550006'

// Only the way changes: https to a host of Twilio becomes http to the sandbox.
class Loopback extends RequestClient {
  request(options) {
    const asked = new URL(options.uri)
    assert.match(asked.host, /^(api|verify)(\.[a-z0-9]+\.[a-z0-9]+)?\.twilio\.com$/)
    return super.request({ ...options, uri: options.uri.replace(asked.origin, url) })
  }
}

function client({ user = ACCOUNT, secret = TOKEN, http = {}, ...options } = {}) {
  return twilio(user, secret, { httpClient: new Loopback(http), ...options })
}
const verify = client().verify.v2.services(SERVICE)
const messages = client().messages

const failure = (status, code) => (error) => {
  assert.deepEqual([error.status, error.code], [status, code], error.message)
  assert.equal(error.moreInfo, `https://www.twilio.com/docs/errors/${code}`)
  return true
}
const checks = (to, code) => verify.verificationChecks.create({ to, code })

test('a code is created, checked and approved; then it is gone', async () => {
  const to = number()
  const created = await verify.verifications.create({ to, channel: 'sms' })
  assert.match(created.sid, /^VE[0-9a-f]{32}$/)
  assert.deepEqual(
    [created.serviceSid, created.accountSid, created.to, created.channel, created.status, created.valid],
    [SERVICE, ACCOUNT, to, 'sms', 'pending', false],
  )
  assert.ok(Math.abs(created.dateCreated - Date.now()) < 10_000)
  assert.deepEqual(created.sendCodeAttempts.map((attempt) => attempt.channel), ['SMS'])
  const message = await newest(to)
  assert.equal(message.provider, 'twilio')
  assert.equal(message.text, `Your Sandbox verification code is: ${message.code}`)
  const wrong = await checks(to, otherThan(message.code))
  assert.deepEqual([wrong.sid, wrong.status, wrong.valid], [created.sid, 'pending', false])
  const right = await checks(to, message.code)
  assert.deepEqual([right.sid, right.status, right.valid], [created.sid, 'approved', true])
  await assert.rejects(checks(to, message.code), failure(404, 20404))
  await assert.rejects(verify.verifications(created.sid).fetch(), failure(404, 20404))
})

test('a check by the SID of the verification', async () => {
  const to = number()
  const { sid } = await verify.verifications.create({ to, channel: 'call' })
  const { code, channel } = await newest(to)
  assert.equal(channel, 'voice')
  const fetched = await verify.verifications(sid).fetch()
  assert.deepEqual([fetched.sid, fetched.to, fetched.status], [sid, to, 'pending'])
  const checked = await verify.verificationChecks.create({ verificationSid: sid, code })
  assert.equal(checked.status, 'approved')
})

test('a resend is the same verification and the same code, five times and no more', async () => {
  const to = number()
  const first = await verify.verifications.create({ to, channel: 'sms' })
  const { code } = await newest(to)
  for (const channel of ['sms', 'whatsapp', 'call', 'sms']) {
    const again = await verify.verifications.create({ to, channel })
    assert.equal(again.sid, first.sid)
    assert.equal((await newest(to)).code, code)
  }
  await assert.rejects(verify.verifications.create({ to, channel: 'sms' }), failure(429, 60203))
  assert.equal((await verify.verifications(first.sid).fetch()).sendCodeAttempts.length, 5)
  assert.equal((await checks(to, code)).status, 'approved')
  assert.notEqual((await verify.verifications.create({ to, channel: 'sms' })).sid, first.sid)
})

test('five checks and no more', async () => {
  const to = number()
  const { sid } = await verify.verifications.create({ to, channel: 'sms' })
  const { code } = await newest(to)
  for (let n = 0; n < 5; n += 1) assert.equal((await checks(to, otherThan(code))).status, 'pending')
  await assert.rejects(checks(to, code), failure(429, 60202))
  assert.equal((await verify.verifications(sid).fetch()).status, 'max_attempts_reached')
})

test('a verification is canceled by SID, or approved by recipient', async () => {
  const to = number()
  const { sid } = await verify.verifications.create({ to, channel: 'sms' })
  const { code } = await newest(to)
  assert.equal((await verify.verifications(sid).update({ status: 'canceled' })).status, 'canceled')
  await assert.rejects(checks(to, code), failure(404, 20404))
  await assert.rejects(verify.verifications(sid).update({ status: 'canceled' }), failure(404, 20404))

  await verify.verifications.create({ to, channel: 'sms', customCode: '7788' })
  assert.equal((await newest(to)).code, '7788')
  const approved = await verify.verifications(to).update({ status: 'approved' })
  assert.deepEqual([approved.status, approved.valid], ['approved', true])
})

test('codes by e-mail, in another language, with a name of their own', async () => {
  const to = 'a+b@example.com'
  const created = await verify.verifications.create({
    to, channel: 'email', locale: 'nl', customFriendlyName: 'Acme', channelConfiguration: { from: 'otp@example.com' },
    rateLimits: { end_user_ip: '127.0.0.1' }, tags: '{"k":"v"}', riskCheck: 'enable',
  })
  assert.deepEqual(created.sendCodeAttempts.map((attempt) => attempt.channel), ['EMAIL'])
  const message = await newest(to)
  assert.deepEqual([message.channel, message.locale, message.subject], ['email', 'nl', 'Your Acme verification code'])
  assert.equal((await checks(to, message.code)).status, 'approved')
})

test('services have settings of their own', async () => {
  const services = client().verify.v2.services
  const service = await services.create({ friendlyName: 'Acme', codeLength: 4 })
  assert.match(service.sid, /^VA[0-9a-f]{32}$/)
  assert.deepEqual([service.friendlyName, service.codeLength, service.customCodeEnabled], ['Acme', 4, false])
  const own = services(service.sid)
  const to = number()
  const create = (more) => own.verifications.create({ to, channel: 'sms', ...more })
  await assert.rejects(create({ customCode: '123456' }), failure(403, 60204))
  await create()
  const message = await newest(to)
  assert.match(message.code, /^\d{4}$/)
  assert.equal(message.text, `Your Acme verification code is: ${message.code}`)
  // The code of one service is none of another's.
  await assert.rejects(checks(to, message.code), failure(404, 20404))
  assert.equal((await own.update({ customCodeEnabled: true })).customCodeEnabled, true)
  assert.equal((await own.fetch()).friendlyName, 'Acme')
  await create({ customCode: '123456' })
  assert.equal((await newest(to)).code, '123456')
  assert.equal(await own.remove(), true)
  await assert.rejects(services('VAffffffffffffffffffffffffffffffff').fetch(), failure(404, 20404))
})

test('wrong parameters and wrong keys are refused as Twilio does', async () => {
  const create = (params) => verify.verifications.create({ to: number(), channel: 'sms', ...params })
  await assert.rejects(create({ to: '+1501' }), (error) => {
    assert.equal(error.message, 'Invalid parameter `To`: +1501')
    return failure(400, 60200)(error)
  })
  await assert.rejects(create({ channel: 'pigeon' }), failure(400, 60200))
  await assert.rejects(create({ customCode: '12' }), failure(400, 60200))
  await assert.rejects(create({ rateLimits: 'no object' }), failure(400, 60200))
  await assert.rejects(checks(number(), '1'), failure(400, 60200))
  await assert.rejects(checks(number(), '123456'), failure(404, 20404))
  const refused = client({ secret: 'ffffffffffffffffffffffffffffffff' })
  await assert.rejects(refused.messages.create({ to: number(), from: FROM, body: 'x' }), failure(401, 20003))
  const foreign = client().api.v2010.accounts('AC00000000000000000000000000000002').messages
  await assert.rejects(foreign.create({ to: number(), from: FROM, body: 'x' }), failure(401, 20003))
})

test('API keys, regions and edges', async () => {
  const user = 'SK00000000000000000000000000000001'
  const regional = client({ user, secret: 'secret', accountSid: ACCOUNT, region: 'ie1', edge: 'dublin' })
  const to = number()
  const sent = await regional.messages.create({ to, from: FROM, body: 'Hi' })
  assert.equal(sent.accountSid, ACCOUNT)
  await regional.verify.v2.services(SERVICE).verifications.create({ to, channel: 'sms' })
  assert.match((await newest(to)).code, /^\d{6}$/)
})

test('messages are sent, fetched and delivered', async () => {
  const to = number()
  const sent = await messages.create({ to, from: FROM, body: '码 123456', validityPeriod: 300 })
  assert.match(sent.sid, /^SM[0-9a-f]{32}$/)
  assert.deepEqual(
    [sent.status, sent.to, sent.from, sent.body, sent.numSegments, sent.direction, sent.errorCode, sent.dateSent],
    ['queued', to, FROM, '码 123456', '1', 'outbound-api', null, null],
  )
  assert.ok(Math.abs(sent.dateCreated - Date.now()) < 10_000)
  const message = await newest(to)
  assert.deepEqual([message.provider, message.text, message.code], ['twilio', '码 123456', '123456'])
  await sleep(400)
  const fetched = await messages(sent.sid).fetch()
  assert.equal(fetched.status, 'delivered')
  assert.ok(fetched.dateSent instanceof Date)
  const viaService = await messages.create({ to, messagingServiceSid: 'MG00000000000000000000000000000001', body: 'x'.repeat(161) })
  assert.deepEqual([viaService.status, viaService.from, viaService.numSegments], ['accepted', null, '2'])
  assert.equal((await messages(sent.sid).update({ body: '' })).body, '')
  assert.equal(await messages(sent.sid).remove(), true)
  await assert.rejects(messages(sent.sid).fetch(), failure(404, 20404))
})

test('messages that cannot be sent', async () => {
  const send = (params) => messages.create({ to: number(), from: FROM, body: 'x', ...params })
  for (const [params, code] of [
    [{ to: '+1501' }, 21211], [{ from: undefined }, 21603], [{ body: '' }, 21602], [{ body: 'x'.repeat(1601) }, 21617],
    [{ from: 'not a sender!' }, 21212], [{ from: '+15005550001' }, 21212], [{ from: '+15005550007' }, 21606], [{ from: '+15005550008' }, 21611],
    [{ to: '+15005550001' }, 21211], [{ to: '+15005550002' }, 21612], [{ to: '+15005550003' }, 21408], [{ to: '+15005550004' }, 21610],
    [{ to: '+15005550009' }, 21614], [{ statusCallback: 'nowhere' }, 21609], [{ validityPeriod: 36001 }, 20001],
  ]) await assert.rejects(send(params), failure(400, code), JSON.stringify(params))
})

test('status callbacks pass the verifier of the SDK, and only unchanged', async (t) => {
  const app = await application(t)
  const to = number()
  const statusCallback = `${app.url}/twilio/status?order=1%262`
  const sent = await messages.create({ to, from: FROM, body: 'Grüße', statusCallback })
  for (const state of ['sent', 'delivered']) {
    const report = await app.next()
    assert.deepEqual([report.method, report.url], ['POST', statusCallback])
    assert.equal(report.headers['content-type'], 'application/x-www-form-urlencoded')
    const form = Object.fromEntries(new URLSearchParams(report.body.toString()))
    assert.deepEqual([form.MessageSid, form.MessageStatus, form.To, form.AccountSid], [sent.sid, state, to, ACCOUNT])
    const signature = report.headers['x-twilio-signature']
    assert.equal(twilio.validateRequest(TOKEN, signature, report.url, form), true)
    assert.equal(twilio.validateRequest(TOKEN, signature, report.url, { ...form, MessageStatus: 'failed' }), false)
    assert.equal(twilio.validateRequest(TOKEN, signature, `${report.url}&x=1`, form), false)
  }
  const lost = await messages.create({ to: '+15005550010', from: FROM, body: 'x', statusCallback })
  const states = []
  for (let n = 0; n < 2; n += 1) {
    const form = new URLSearchParams((await app.next()).body.toString())
    states.push([form.get('MessageStatus'), form.get('ErrorCode')])
  }
  assert.deepEqual(states, [['sent', null], ['undelivered', '30003']])
  assert.equal((await messages(lost.sid).fetch()).errorCode, 30003)
})

test('special numbers of Verify fail in their way', async () => {
  for (const [last, status, code] of [
    ['0001', 400, 60200], ['0002', 403, 60410], ['0003', 403, 60605], ['0004', 403, 60238], ['0005', 403, 20005],
    ['0008', 429, 20429], ['0009', 400, 60205], ['0012', 500, 20500], ['0016', 429, 60203],
  ]) await assert.rejects(verify.verifications.create({ to: `+1500555${last}`, channel: 'sms' }), failure(status, code), last)
  await verify.verifications.create({ to: '+15005550011', channel: 'sms' })
  const { code } = await newest('+15005550011')
  await sleep(1100)
  await assert.rejects(checks('+15005550011', code), failure(404, 20404))
  await assert.rejects(verify.verifications.create({ to: '+15005550014', channel: 'sms' }), { code: 'ECONNRESET' })
  assert.equal((await newest('+15005550014')).provider, 'twilio')
})

test('the SDK waits and tries again after 429 where it is told to', async () => {
  const to = number()
  const patient = client({ http: { autoRetry: true } }).verify.v2.services(SERVICE)
  await fault({ path: '/v2/Services', to, fault: { too_many_requests: { retry_after: 1 } }, times: 2 })
  assert.equal((await patient.verifications.create({ to, channel: 'sms' })).status, 'pending')
  await fault({ path: '/v2/Services', to, fault: { too_many_requests: {} } })
  await assert.rejects(verify.verifications.create({ to, channel: 'sms' }), failure(429, 20429))
})

test('faults by request meet the requests they are for', async () => {
  const to = number()
  const send = () => messages.create({ to, from: FROM, body: 'x' })
  await fault({ path: '/2010-04-01', method: 'POST', to, fault: { server_error: { status: 503 } } })
  await assert.rejects(send(), failure(503, 20503))
  await fault({ path: '/2010-04-01', to, fault: { html: {} } })
  await assert.rejects(send(), (error) => error.status === 502 && error.code === undefined)
  await fault({ path: '/2010-04-01', to, fault: { redirect: { location: 'http://127.0.0.1:9/' } } })
  // Where the SDK followed, nobody would answer.
  await assert.rejects(send(), (error) => error.status === 307)
  await fault({ path: '/2010-04-01', to, fault: { drip: { bytes_per_second: 4000 } } })
  assert.equal((await send()).status, 'queued')
})
