// AbortSignal, close, and what a call leaves behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Otpkit } from 'otpkit'
import { clientWithCodes, freshNumber, otpkitError, sleep } from './support.mjs'

test('an aborted call rejects at once, its provider is told, and the client works on', async () => {
  const signals = []
  const otp = new Otpkit({ providers: { mine: { send: ({ signal }) => new Promise(() => signals.push(signal)) } } })
  const controller = new AbortController()
  const begin = performance.now()
  const call = otp.start({ to: freshNumber() }, { signal: controller.signal })
  const reason = new Error('the user left')
  controller.abort(reason)
  await assert.rejects(call, (error) => otpkitError('aborted')(error) && error.cause === reason)
  assert.ok(performance.now() - begin < 200)
  await sleep(50)
  assert.equal(signals[0].aborted, true)
})

test('a signal that is aborted already starts nothing', async () => {
  const { otp, codes } = clientWithCodes()
  const to = freshNumber()
  await assert.rejects(otp.start({ to }, { signal: AbortSignal.abort() }), otpkitError('aborted'))
  assert.equal(codes.size, 0)
  const { id } = await otp.start({ to })
  await assert.rejects(otp.check({ id, code: codes.get(to) }, { signal: AbortSignal.abort() }), otpkitError('aborted'))
  assert.equal((await otp.check({ id, code: codes.get(to) })).approved, true)
})

test('AbortSignal.timeout ends a call', async () => {
  const otp = new Otpkit({ providers: { mine: { send: () => new Promise(() => {}) } } })
  const error = await otp.start({ to: freshNumber() }, { signal: AbortSignal.timeout(30) }).catch((error) => error)
  assert.equal(error.code, 'aborted')
  assert.equal(error.cause.name, 'TimeoutError')
})

test('a signal may be shared, outlives its calls, and keeps no listener of theirs', async () => {
  const controller = new AbortController()
  let listeners = 0
  const { signal } = controller
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args) => { listeners++; add(...args) }
  signal.removeEventListener = (...args) => { listeners--; remove(...args) }
  const otp = new Otpkit({ providers: { mine: { send: async () => { await sleep(1) } } } })
  await Promise.all(Array.from({ length: 100 }, () => otp.start({ to: freshNumber() }, { signal })))
  assert.equal(listeners, 0)
  controller.abort()
  await assert.rejects(otp.start({ to: freshNumber() }, { signal }), otpkitError('aborted'))
})

test('aborting after the end changes nothing', async () => {
  const { otp } = clientWithCodes()
  const controller = new AbortController()
  const reply = await otp.start({ to: freshNumber() }, { signal: controller.signal })
  controller.abort()
  assert.equal((await otp.status({ id: reply.id })).status, 'pending')
})

test('options are checked', async () => {
  const { otp, codes } = clientWithCodes()
  const to = freshNumber()
  for (const [options, field] of [
    [null, 'options'],
    [5, 'options'],
    [[], 'options'],
    [{ signal: null }, 'signal'],
    [{ signal: 'x' }, 'signal'],
    [{ signal: {} }, 'signal'],
    [{ signal: new AbortController() }, 'signal'],
    [{ singal: AbortSignal.abort() }, 'singal'],
    [{ get signal() { throw new Error('boom') } }, 'options'],
  ]) {
    await assert.rejects(otp.start({ to }, options), otpkitError('invalid_input', field))
  }
  assert.equal(codes.size, 0)
  for (const options of [undefined, {}, { signal: undefined }]) {
    assert.equal((await otp.start({ to: freshNumber() }, options)).delivery, 'sent')
  }
})

test('a signal whose methods throw makes a rejection', async () => {
  const otp = new Otpkit({ providers: { mine: { send: () => new Promise(() => {}) } }, deadlineMs: 100 })
  const signal = { aborted: false, addEventListener() { throw new Error('boom') }, removeEventListener() {} }
  await assert.rejects(otp.start({ to: freshNumber() }, { signal }), otpkitError('invalid_input', 'signal'))
})

test('after close calls are refused; calls under way end as they would have', async () => {
  let finish
  const otp = new Otpkit({ providers: { mine: { send: () => new Promise((resolve) => { finish = resolve }) } } })
  const call = otp.start({ to: freshNumber() })
  let closed = false
  const closing = otp.close().then(() => { closed = true })
  await assert.rejects(otp.start({ to: freshNumber() }), otpkitError('closed'))
  await sleep(20)
  assert.equal(closed, false)
  finish()
  assert.equal((await call).delivery, 'sent')
  await closing
  await otp.close()
  await assert.rejects(otp.check({ id: (await call).id, code: '123456' }), otpkitError('closed'))
})

test('a client can be disposed of', async () => {
  const { otp } = clientWithCodes()
  await otp[Symbol.asyncDispose]()
  await assert.rejects(otp.start({ to: freshNumber() }), otpkitError('closed'))
})

test('a call that is answered at once resolves before anything else happens', async () => {
  const { otp } = clientWithCodes()
  const order = []
  setImmediate(() => order.push('loop'))
  await otp.start({ to: freshNumber() })
  await otp.start({ to: freshNumber() })
  order.push('replies')
  await sleep(5)
  assert.deepEqual(order, ['replies', 'loop'])
})
