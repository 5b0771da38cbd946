// Goals G1 to G3 of docs/security: exact counting, however many calls run at once. A JavaScript thread has as many
// tasks as it likes; worker threads cannot share a memory store, so here all tasks are of one thread, on calls that
// are answered at once and on calls that wait for a provider.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Otpkit } from 'otpkit'
import { clientWithCodes, freshNumber, wrong } from './support.mjs'

const tally = (replies) => {
  const count = {}
  for (const reply of replies) {
    const key = reply.approved ? 'approved' : (reply.reason ?? reply.status)
    count[key] = (count[key] ?? 0) + 1
  }
  return count
}

test('G1: of 10,000 right codes at once exactly one is approved', async () => {
  const { otp, codes } = clientWithCodes()
  const to = freshNumber()
  const { id } = await otp.start({ to })
  const request = { id, code: codes.get(to) }
  const begin = performance.now()
  const replies = await Promise.all(Array.from({ length: 10_000 }, () => otp.check(request)))
  console.log(`G1: 10,000 right checks in ${(performance.now() - begin).toFixed(0)} ms`)
  assert.deepEqual(tally(replies), { approved: 1, used: 9999 })
})

test('G2: of 10,000 wrong codes at once exactly five are compared', async () => {
  const { otp, codes } = clientWithCodes()
  const to = freshNumber()
  const { id } = await otp.start({ to })
  const code = codes.get(to)
  const replies = await Promise.all(Array.from({ length: 10_000 }, (_, n) => otp.check({ id, code: wrong(code, n + 1) })))
  const pending = replies.filter((reply) => reply.status === 'pending')
  assert.deepEqual(pending.map((reply) => reply.attemptsLeft).sort(), [1, 2, 3, 4])
  // The fifth comparison is the one that locks; it and all later ones say so.
  assert.deepEqual(tally(replies), { wrong_code: 4, locked: 9996 })
  assert.equal((await otp.check({ id, code })).approved, false)
})

test('G3: a right code among three wrong ones is approved in 1,000 of 1,000 trials', async () => {
  const { otp, codes } = clientWithCodes()
  let approved = 0
  for (let trial = 0; trial < 1000; trial++) {
    const to = freshNumber()
    const { id } = await otp.start({ to })
    const code = codes.get(to)
    const tries = [1, 2, 3].map((n) => wrong(code, n))
    tries.splice(trial % 4, 0, code)
    const replies = await Promise.all(tries.map((code) => otp.check({ id, code })))
    approved += replies.filter((reply) => reply.approved).length
  }
  assert.equal(approved, 1000)
})

test('G1 and G2 over a verifier: checks wait on other threads and are counted as exactly', async () => {
  let asked = 0
  const check = async ({ code }) => {
    asked++
    await null
    return code === '424242'
  }
  const otp = new Otpkit({ providers: { svc: { create: async () => 'r', check } } })
  const first = await otp.start({ to: freshNumber() })
  const wrongs = await Promise.all(Array.from({ length: 10_000 }, (_, n) => otp.check({ id: first.id, code: wrong('424242', n + 1) })))
  assert.equal(asked, 5)
  assert.equal(wrongs.filter((reply) => reply.approved).length, 0)
  const second = await otp.start({ to: freshNumber() })
  asked = 0
  const rights = await Promise.all(Array.from({ length: 10_000 }, () => otp.check({ id: second.id, code: '424242' })))
  assert.ok(asked <= 5)
  assert.equal(rights.filter((reply) => reply.approved).length, 1)
})

test('1,000 starts at once reach the provider as often as the limit allows', async () => {
  let sent = 0
  const otp = new Otpkit({
    providers: { mine: { send: async () => void sent++ } },
    policy: { resendAfterSeconds: [0], perRecipient: [{ max: 7, perSeconds: 3600 }] },
  })
  const to = freshNumber()
  const results = await Promise.allSettled(Array.from({ length: 1000 }, () => otp.start({ to })))
  assert.equal(sent, 7)
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 7)
  assert.ok(results.every(({ status, reason }) => status === 'fulfilled' || reason.code === 'rate_limited'))
})

test('10,000 starts under way at once all come back, each to its own caller', async () => {
  const codes = new Map()
  const otp = new Otpkit({ providers: { mine: { send: async ({ to, code }) => { await null; codes.set(to, code) } } } })
  const numbers = Array.from({ length: 10_000 }, freshNumber)
  const started = await Promise.all(numbers.map((to) => otp.start({ to })))
  const checked = await Promise.all(started.map(({ id }, n) => otp.check({ id, code: codes.get(numbers[n]) })))
  assert.ok(checked.every((reply, n) => reply.approved && reply.to === numbers[n]))
})
