// Messages to a server on this machine: otpkit's providers, undici with the same requests, and the vendors' own packages.
import { createRequire } from 'node:module'
import http from 'node:http'
import https from 'node:https'
import { Otpkit } from 'otpkit'
import { timed } from './timed.mjs'

const require = createRequire(import.meta.url)
const SID = `AC${'0'.repeat(32)}`
const TOKEN = 'f'.repeat(32)
const FROM = '+15005550006'
const KEY = 'test_key_of_the_benchmark'
const ORIGINATOR = 'Acme'

// No number is used twice, so that no window per recipient refuses it.
let next = 0
const body = (code) => `Your code is ${code}. It is good for 5 minutes.`

/** `count` sends, `inFlight` of them at a time. */
async function flood(count, inFlight, send) {
  const first = next
  next += count
  let left = count
  const lane = async () => {
    while (left > 0) {
      const at = first + --left
      // Dutch mobile numbers begin with 61 to 65 and 68: of these, ten million in a row.
      await send(`+3161${String(at % 10_000_000).padStart(7, '0')}`, '042424')
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane))
}

const kept = new Map()
async function of(name, url, make) {
  const key = `${name} ${url}`
  if (!kept.has(key)) kept.set(key, await make())
  return kept.get(key)
}

const vendors = {
  twilio: (baseUrl) => ({ type: 'twilio-sms', accountSid: SID, authToken: TOKEN, from: FROM, baseUrl, allowPrivate: true }),
  messagebird: (baseUrl) => ({ type: 'messagebird-sms', accessKey: KEY, originator: ORIGINATOR, baseUrl, allowPrivate: true }),
}

const throughOtpkit = (vendor) => async (count, inFlight, url) => {
  const make = () => new Otpkit({ providers: { it: vendors[vendor](url) } })
  const otp = await of(`otpkit-${vendor}`, url, make)
  return timed(() =>
    flood(count, inFlight, async (to, code) => {
      if ((await otp.deliver({ to, code })).delivery !== 'sent') throw new Error('not sent')
    }),
  )
}

const requests = {
  twilio: (to, code) => ({
    path: `/2010-04-01/Accounts/${SID}/Messages.json`,
    headers: {
      authorization: `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ To: to, From: FROM, Body: body(code) }).toString(),
  }),
  messagebird: (to, code) => ({
    path: '/messages',
    headers: { authorization: `AccessKey ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ originator: ORIGINATOR, recipients: [to.slice(1)], body: body(code) }),
  }),
}

const throughUndici = (vendor) => async (count, inFlight, url) => {
  const pool = await of('undici', url, async () => new (await import('undici')).Pool(url, { connections: 500 }))
  return timed(() =>
    flood(count, inFlight, async (to, code) => {
      const { path, headers, body } = requests[vendor](to, code)
      const reply = await pool.request({ method: 'POST', path, headers, body })
      const message = await reply.body.json()
      if (reply.statusCode !== 201 || !(message.sid ?? message.id)) throw new Error('not sent')
    }),
  )
}

async function throughTwilio(count, inFlight, url) {
  const client = await of('twilio', url, () => {
    const twilio = require('twilio')
    const RequestClient = require('twilio/lib/base/RequestClient').default ?? require('twilio/lib/base/RequestClient')
    const httpClient = new RequestClient()
    // The options of its agent for https, which does not serve http.
    const { maxSockets, maxTotalSockets, maxFreeSockets, options } = httpClient.axios.defaults.httpsAgent
    httpClient.axios.defaults.httpAgent = new http.Agent({ ...options, keepAlive: true, maxSockets, maxTotalSockets, maxFreeSockets })
    const request = httpClient.request.bind(httpClient)
    httpClient.request = (options) => request({ ...options, uri: options.uri.replace('https://api.twilio.com', url) })
    return twilio(SID, TOKEN, { httpClient })
  })
  return timed(() =>
    flood(count, inFlight, async (to, code) => {
      const message = await client.messages.create({ to, from: FROM, body: body(code) })
      if (!message.sid) throw new Error('not sent')
    }),
  )
}

async function throughMessagebird(count, inFlight, url) {
  const client = await of('messagebird', url, () => {
    // It adds a listener to a kept socket with every request, and Node warns of each socket once.
    process.removeAllListeners('warning')
    process.on('warning', () => {})
    const { hostname, port } = new URL(url)
    const agent = new http.Agent({ keepAlive: true })
    https.request = (options) => http.request({ ...options, hostname, port, agent })
    return require('messagebird').initClient(KEY)
  })
  const send = (params) =>
    new Promise((resolve, reject) => client.messages.create(params, (error, reply) => (error ? reject(error) : resolve(reply))))
  return timed(() =>
    flood(count, inFlight, async (to, code) => {
      const message = await send({ originator: ORIGINATOR, recipients: [to.slice(1)], body: body(code) })
      if (!message.id) throw new Error('not sent')
    }),
  )
}

export const sends = {
  'send-otpkit-twilio': throughOtpkit('twilio'),
  'send-otpkit-messagebird': throughOtpkit('messagebird'),
  'send-undici-twilio': throughUndici('twilio'),
  'send-undici-messagebird': throughUndici('messagebird'),
  'send-twilio': throughTwilio,
  'send-messagebird': throughMessagebird,
}
