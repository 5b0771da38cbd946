// process.exit with calls under way, from the program or from inside a provider.
import { Otpkit } from 'otpkit'
let asked = 0
const send = async () => {
  if (process.argv[2] === 'inside' && ++asked === 30) process.exit(3)
  await new Promise((resolve) => setTimeout(resolve, 5))
}
const otp = new Otpkit({ providers: { mine: { send }, stuck: { send: () => new Promise(() => {}) } }, routes: [{ channel: ['voice'], use: ['stuck'] }, { use: ['mine'] }], onEvent() {} })
for (let n = 0; n < 50; n++) {
  void otp.start({ to: `+316123456${10 + n}`, channel: n % 2 ? 'voice' : 'sms' })
}
setTimeout(() => process.exit(3), Number(process.argv[3] ?? 3))
