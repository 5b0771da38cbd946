// Twilio makes, sends and checks the code: node main.mjs +31612345678. See README.md.
import { createInterface } from 'node:readline'
import { Otpkit, OtpkitError } from 'otpkit'

const env = process.env
const otp = new Otpkit({
  providers: {
    twilio: {
      type: 'twilio-verify',
      accountSid: env.TWILIO_ACCOUNT_SID,
      authToken: env.TWILIO_AUTH_TOKEN,
      serviceSid: env.TWILIO_SERVICE_SID,
      // The sandbox instead of Twilio: http://127.0.0.1:4680.
      ...(env.TWILIO_BASE_URL && { baseUrl: env.TWILIO_BASE_URL, allowPrivate: true }),
    },
  },
})

const terminal = createInterface({ input: process.stdin })
const lines = terminal[Symbol.asyncIterator]()

try {
  const started = await otp.start({ to: process.argv[2], purpose: 'login' })
  console.log(`a code is on its way to ${started.toMasked}; type it here`)
  for (;;) {
    const { value: code, done } = await lines.next()
    if (done) break
    const checked = await otp.check({ id: started.id, code, purpose: 'login' })
    if (checked.approved) {
      console.log(`welcome, ${checked.to}`)
      break
    }
    console.log(`not approved (${checked.reason}), ${checked.attemptsLeft} attempts left`)
    if (!checked.attemptsLeft) break
  }
} catch (error) {
  if (!(error instanceof OtpkitError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
terminal.close()

