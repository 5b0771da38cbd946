// Workers that are terminated in the middle of calls. With `main` this thread uses otpkit too.
import { Worker } from 'node:worker_threads'
const main = process.argv[2] === 'main'
const { Otpkit } = main ? await import('otpkit') : {}
const otp = main ? new Otpkit({ providers: { mine: { send: async () => {} } } }) : undefined
for (let n = 0; n < 20; n++) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: n })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  // Some in the first turn of their calls, some with answers on their way.
  await new Promise((resolve) => setTimeout(resolve, n % 4))
  const ended = await worker.terminate()
  if (ended !== 1) throw new Error(`worker ended with ${ended}`)
  if (main) await otp.start({ to: `+316123456${10 + n}` })
}
// One that nobody terminates ends by itself.
const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: 'idle' })
const code = await new Promise((resolve) => worker.once('exit', resolve))
if (code !== 0) throw new Error(`idle worker ended with ${code}`)
process.stdout.write('done\n')
