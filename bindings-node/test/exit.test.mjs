// How processes and workers end: in time, with their own exit code, never by a signal.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const RUNS = 50

async function child(script, ...args) {
  const path = fileURLToPath(new URL(`children/${script}.mjs`, import.meta.url))
  const process_ = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [output, errors] = ['', '']
  process_.stdout.on('data', (data) => (output += data))
  process_.stderr.on('data', (data) => (errors += data))
  const limit = setTimeout(() => process_.kill('SIGKILL'), 60_000)
  const [code, signal] = await new Promise((resolve) => process_.once('close', (...ended) => resolve(ended)))
  clearTimeout(limit)
  return { code, signal, output, errors, at: Date.now() }
}

/** Runs in a few lanes; the machine decides how many make sense. */
async function times(count, act) {
  let left = count
  await Promise.all(Array.from({ length: 2 }, async () => { while (left-- > 0) await act(count - left) }))
}

test(`a process with an idle client ends within a second, ${RUNS} times`, async () => {
  let slowest = 0
  await times(RUNS, async () => {
    const { code, signal, output, errors, at } = await child('idle')
    assert.deepEqual([code, signal, errors], [0, null, ''])
    const took = at - Number(/idle (\d+)/.exec(output)[1])
    slowest = Math.max(slowest, took)
    assert.ok(took < 1000, `${took} ms`)
  })
  console.log(`idle exit: slowest of ${RUNS} ${slowest} ms`)
})

test(`a call under way is waited for, and the exit code is kept, ${RUNS} times`, async () => {
  await times(RUNS, async () => {
    const { code, signal, output, errors, at } = await child('pending')
    assert.deepEqual([code, signal, errors], [7, null, ''])
    const took = at - Number(/^unknown (\d+)$/m.exec(output)[1])
    assert.ok(took < 1000, `${took} ms`)
  })
})

for (const where of ['outside', 'inside']) {
  test(`process.exit from ${where} a provider with calls under way is clean, ${RUNS} times`, async () => {
    await times(RUNS, async (n) => {
      const { code, signal, errors } = await child('exit', where, String(n % 12))
      assert.deepEqual([code, signal, errors], [3, null, ''])
    })
  })
}

test('an exception of the program ends it as always', async () => {
  const { code, signal, errors } = await child('throw')
  assert.deepEqual([code, signal], [1, null])
  assert.match(errors, /of the program/)
})

test('the event of the last call is told before the process ends', async () => {
  const { code, signal, output } = await child('event')
  assert.deepEqual([code, signal, output], [0, null, 'send\n'])
})

for (const where of ['main', 'workers only']) {
  test(`20 workers terminated in the middle of calls, otpkit in ${where}`, async () => {
    const { code, signal, output, errors } = await child('workers', where)
    assert.deepEqual([code, signal, output, errors], [0, null, 'done\n', ''])
  })
}
