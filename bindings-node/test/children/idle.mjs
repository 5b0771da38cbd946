// A client that has worked and is idle keeps no process alive.
import { Otpkit } from 'otpkit'
const otp = new Otpkit({ providers: { mine: { send: async () => {} } }, onEvent() {} })
await otp.start({ to: '+31612345678' })
await otp.start({ to: '+31612345679' })
process.stdout.write(`idle ${Date.now()}\n`)
