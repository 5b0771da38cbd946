// The event of the last call is told, although nothing else keeps the process alive.
import { Otpkit } from 'otpkit'
const otp = new Otpkit({ providers: { mine: { send() {} } }, onEvent: ({ event }) => process.stdout.write(`${event}\n`) })
await otp.start({ to: '+31612345678' })
