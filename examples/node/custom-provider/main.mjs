// Providers of your own. See README.md.
import { Otpkit } from 'otpkit'
import { startGateway } from './gateway.mjs'

/** A sender: delivers the code that otpkit made. */
class Gateway {
  // This gateway refuses before it sends, so after an exception another provider may be tried.
  onError = 'not_sent'
  timeoutMs = 3000
  #url

  constructor(url) {
    this.#url = url
  }

  async send({ to, text, idempotencyKey, signal }) {
    const reply = await fetch(`${this.#url}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ to, text }),
      signal, // aborts when otpkit waits no longer
    })
    if (reply.status === 429) return { result: 'limited', retryAfterMs: 1000 * Number(reply.headers.get('retry-after') ?? 60) }
    if (reply.status === 422) return { result: 'rejected', reason: 'the gateway does not serve this number' }
    if (!reply.ok) return { result: 'not_sent', reason: `the gateway answered ${reply.status}` }
    const { id } = await reply.json()
    return { result: 'sent', reference: id }
  }
}

/** A verifier: a service that makes, sends and checks its own codes. */
class Service {
  #url

  constructor(url) {
    this.#url = url
  }

  async create({ to, signal }) {
    const reply = await fetch(`${this.#url}/verifications`, { method: 'POST', body: JSON.stringify({ to }), signal })
    if (!reply.ok) return { result: 'not_sent', reason: `the service answered ${reply.status}` }
    return (await reply.json()).id
  }

  async check({ reference, code, signal }) {
    const reply = await fetch(`${this.#url}/verifications/${reference}/check`, { method: 'POST', body: JSON.stringify({ code }), signal })
    if (reply.status === 404) return { result: 'ended' }
    if (!reply.ok) return { result: 'cannot_tell', reason: `the service answered ${reply.status}` }
    return (await reply.json()).valid === true
  }
}

const server = await startGateway()
const otp = new Otpkit({
  brand: 'Acme',
  providers: {
    broken: new Gateway('http://127.0.0.1:1'), // nobody listens there
    gateway: new Gateway(server.url),
    service: new Service(server.url),
  },
  // Dutch numbers go through the service; all others through the gateways, the next one if nothing was sent.
  routes: [{ country: ['NL'], use: ['service'] }, { use: ['broken', 'gateway'] }],
  onEvent: (event) => {
    if (event.event === 'send') console.log(`  ${event.provider}: ${event.result}${event.detail ? ` (${event.detail})` : ''}`)
  },
})

for (const to of ['+32470123456', '+31612345678']) {
  const { id, provider, toMasked } = await otp.start({ to, purpose: 'login' })
  console.log(`${provider} served ${toMasked}`)
  const { approved } = await otp.check({ id, code: server.codeFor(to), purpose: 'login' })
  console.log(`approved: ${approved}`)
}

server.close()
