// An exception of the program ends it as always, with calls under way.
import { Otpkit } from 'otpkit'
const otp = new Otpkit({ providers: { mine: { send: () => new Promise(() => {}) } } })
void otp.start({ to: '+31612345678' })
setImmediate(() => { throw new Error('of the program') })
