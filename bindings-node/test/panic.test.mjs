// A panic in Rust (a defect) ends as an error of that one call, tells nobody its text, and the next call works.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { clientWithCodes, freshNumber, native, otpkitError } from './support.mjs'

for (const place of ['export', 'poll', 'runtime']) {
  test(`a panic in the ${place} of a call`, async () => {
    const { otp, codes } = clientWithCodes()
    const to = freshNumber()
    const { id } = await otp.start({ to })
    native.panicInNextCall(place)
    await assert.rejects(otp.check({ id, code: codes.get(to) }), (error) => {
      assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes('secret'))
      return otpkitError('internal')(error)
    })
    assert.equal((await otp.check({ id, code: codes.get(to) })).approved, true)
    await otp.close()
  })
}
