import otpkit = require('otpkit')
import type { Started } from 'otpkit'

const otp = new otpkit.Otpkit({ providers: { outbox: { type: 'outbox' } } })

async function use(): Promise<Started> {
  await using other = new otpkit.Otpkit({ providers: { outbox: { type: 'outbox' } } })
  await other.deliver({ to: '+31612345678', code: '1234' })
  return otp.start({ to: '+31612345678' })
}

export = use
