// Sends a code and checks it. See README.md.
import { Otpkit, OtpkitError } from 'otpkit'

const sandbox = process.env.SANDBOX_URL
const otp = new Otpkit({
  brand: 'Acme',
  providers: sandbox ? { sandbox: { type: 'sandbox', url: sandbox } } : { outbox: { type: 'outbox' } },
})

const started = await otp.start({ to: '+31 6 1234 5678', purpose: 'login' })
console.log(`a code is on its way to ${started.toMasked}, good until ${started.expiresAt.toISOString()}`)

const { text, code } = await readMessage('+31612345678')
console.log(`the phone shows: ${text}`)

// A wrong code is a reply, not an error.
const wrong = code === '000000' ? '111111' : '000000'
const first = await otp.check({ id: started.id, code: wrong, purpose: 'login' })
console.log(`a wrong code: approved ${first.approved}, ${first.attemptsLeft} attempts left`)

const second = await otp.check({ id: started.id, code, purpose: 'login' })
if (second.approved) console.log(`the right code: welcome, ${second.to}`)

// An error says what to do: correct the input, wait, or try later.
try {
  await otp.start({ to: 'not a number', purpose: 'login' })
} catch (error) {
  if (!(error instanceof OtpkitError)) throw error
  console.log(`an error: ${error.code}, field ${error.field}`)
}

/** What the person would read on the phone. */
async function readMessage(to) {
  if (!sandbox) return otp.outbox('outbox').last()
  const query = new URLSearchParams({ to, limit: '1', wait_ms: '5000' })
  const reply = await fetch(`${sandbox}/api/messages?${query}`)
  return (await reply.json()).messages[0]
}
