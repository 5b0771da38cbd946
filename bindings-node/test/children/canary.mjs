// Ends by an error that nobody catches, after calls that succeed and fail. The code goes to standard output only.
import { Otpkit } from 'otpkit'

let code
const otp = new Otpkit({
  secrets: [process.env.SECRET],
  policy: { length: 10 },
  providers: { mine: { send: (message) => { code = message.code } } },
})
const { id } = await otp.start({ to: process.env.TO })
await otp.check({ id, code: '0000000000' })
await otp.start({ to: process.env.TO }).catch((error) => console.error(error))
console.log(`code:${code}`)
await otp.check({ id: 'no', code })
