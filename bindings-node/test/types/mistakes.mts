// Each line that is marked must be refused by the compiler, and no other.
import { Otpkit } from 'otpkit'

const otp = new Otpkit({ providers: { outbox: { type: 'outbox' } } })
new Otpkit({ providers: { mine: { type: 'pigeon' } } }) // wrong
new Otpkit({ providers: { mine: { send: () => 'ok' } } }) // wrong
new Otpkit({ providers: { mine: { create: () => 'r' } } }) // wrong
new Otpkit({ policy: { ttl_seconds: 5 } }) // wrong
new Otpkit({ polixy: {} }) // wrong
await otp.start({}) // wrong
await otp.start({ to: 31612345678 }) // wrong
await otp.check({ id: 'x', code: 123456 }) // wrong
await otp.check({ id: 'x', code: null }) // wrong
await otp.check({ id: 'x', code: '1', ip: '::1' }) // wrong
await otp.webhook({ method: 'GET', url: 'https://example.com/' }) // wrong
await otp.webhook('mine', { url: 'https://example.com/' }) // wrong
await otp.webhook('mine', { method: 'GET', url: 'https://example.com/', body: {} }) // wrong
const reply = await otp.check({ id: 'x', code: '123456' })
const to: string = reply.to // wrong
const left: number = reply.attemptsLeft // wrong
console.log(to, left)
