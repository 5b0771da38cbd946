// The package from CommonJS.
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { errorCodes, Otpkit, OtpkitError, Outbox } = require('otpkit')

test('start and check', async () => {
  const otp = new Otpkit({ providers: { outbox: { type: 'outbox' } } })
  const { id } = await otp.start({ to: '+31612345678' })
  assert.ok(otp.outbox('outbox') instanceof Outbox)
  assert.equal((await otp.check({ id, code: otp.outbox('outbox').last().code })).approved, true)
})

test('classes are those of the ES module', async () => {
  const esm = await import('otpkit')
  assert.equal(esm.Otpkit, Otpkit)
  assert.equal(esm.OtpkitError, OtpkitError)
  await assert.rejects(new esm.Otpkit({ providers: { outbox: { type: 'outbox' } } }).start(), OtpkitError)
  assert.equal(errorCodes.length, 16)
})
