// One `start` and one `check` in process memory: otpkit, what an able programmer writes by hand, and better-auth.
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { Otpkit } from 'otpkit'
import { timed } from './timed.mjs'

// Of Dutch mobile numbers: those that wait, and those of the rounds. No number is used twice, as no person would be.
const PENDING = 10_000_000
let next = 20_000_000

const text = (number) => `+316${String(number).padStart(8, '0')}`
function numbers(count) {
  const made = Array.from({ length: count }, (_, at) => text(next + at))
  next += count
  return made
}

// Every sender of this page does the same with a code: it keeps it.
let last
const keep = ({ code }) => {
  last = code
}

function client() {
  return new Otpkit({
    store: { type: 'memory', maxEntries: 8_000_000 },
    policy: { ttlSeconds: 600 },
    providers: { keep: { send: keep } },
  })
}

const cycles = (start, check) => async (count) => {
  const to = numbers(count)
  return timed(async () => {
    for (const number of to) {
      const id = await start(number)
      if (!(await check(id, last, number))) throw new Error('the right code was refused')
    }
  })
}

const fill = async (count, start) => {
  for (let at = 0; at < count; at++) await start(text(PENDING + at))
}

const withOtpkit = (otp) =>
  cycles(
    async (to) => (await otp.start({ to })).id,
    async (id, code) => (await otp.check({ id, code })).approved,
  )

let crowded
export const otpkit = {
  async otpkit(count) {
    const otp = client()
    // The first call of a client also reads the store's meta document.
    await otp.start({ to: text(50_000_000) })
    return withOtpkit(otp)(count)
  },
  'otpkit-fill': (count) =>
    timed(async () => {
      crowded = client()
      await fill(count, (to) => crowded.start({ to }))
    }),
  'otpkit-crowded': (count) => withOtpkit(crowded)(count),
  async empty() {
    crowded?.close()
    crowded = byHandCrowded = undefined
    return { ns: 0 }
  },
}

// By hand, async, with the same id, the same HMAC, expiry, attempts and one use; no limits, no parsing, no box.
class ByHand {
  #key = randomBytes(32)
  #pending = new Map()
  #send

  constructor(send) {
    this.#send = send
  }

  #mac(id, code) {
    return createHmac('sha256', this.#key).update(id).update(code).digest()
  }

  async start(to) {
    const id = randomBytes(16).toString('base64url')
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    this.#pending.set(id, { to, mac: this.#mac(id, code), expiresAt: Date.now() + 300_000, attempts: 0 })
    await this.#send({ to, code })
    return { id }
  }

  async check(id, code) {
    const entry = this.#pending.get(id)
    if (entry === undefined || entry.expiresAt <= Date.now() || entry.attempts >= 5) return { approved: false }
    entry.attempts++
    if (!timingSafeEqual(entry.mac, this.#mac(id, code))) return { approved: false }
    this.#pending.delete(id)
    return { approved: true, to: entry.to }
  }
}

const withByHand = (byHand) =>
  cycles(
    async (to) => (await byHand.start(to)).id,
    async (id, code) => (await byHand.check(id, code)).approved,
  )

let byHandCrowded
export const handWritten = {
  hand: (count) => withByHand(new ByHand(keep))(count),
  'hand-fill': (count) =>
    timed(async () => {
      byHandCrowded = new ByHand(keep)
      await fill(count, (to) => byHandCrowded.start(to))
    }),
  'hand-crowded': (count) => withByHand(byHandCrowded)(count),
}

// better-auth's phone numbers over a secondary storage in this process: no user, no session, so the like of ours.
async function auth() {
  const { betterAuth } = await import('better-auth')
  const { memoryAdapter } = await import('better-auth/adapters/memory')
  const { phoneNumber } = await import('better-auth/plugins')
  const storage = new Map()
  const live = (entry) => (entry && entry.until > Date.now() ? entry.value : null)
  const plugin = phoneNumber({ sendOTP: keep })
  const made = betterAuth({
    secret: randomBytes(32).toString('hex'),
    baseURL: 'http://localhost:3000',
    logger: { disabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    secondaryStorage: {
      get: (key) => live(storage.get(key)),
      set: (key, value, ttl) => void storage.set(key, { value, until: Date.now() + (ttl ?? 300) * 1000 }),
      delete: (key) => void storage.delete(key),
      getAndDelete(key) {
        const value = live(storage.get(key))
        storage.delete(key)
        return value
      },
      increment(key, ttl) {
        const value = Number(live(storage.get(key)) ?? 0) + 1
        storage.set(key, { value: String(value), until: Date.now() + ttl * 1000 })
        return value
      },
    },
    plugins: [plugin],
  })
  await made.$context
  return made
}

let authed
export const betterAuth = {
  async 'better-auth'(count) {
    authed ??= await auth()
    return cycles(
      async (phoneNumber) => {
        await authed.api.sendPhoneNumberOTP({ body: { phoneNumber } })
        return phoneNumber
      },
      async (phoneNumber, code) => (await authed.api.consumePhoneNumberOTP({ body: { phoneNumber, code } })).status,
    )(count)
  },
}
