import { parentPort, workerData } from 'node:worker_threads'
import { Otpkit } from 'otpkit'
const idle = workerData === 'idle'
const answers = {
  0: () => new Promise((resolve) => setTimeout(resolve, 1)),
  1: () => new Promise(() => {}),
  2: async () => {},
  3: () => {},
}
const otp = new Otpkit({ providers: { mine: { send: answers[idle ? 0 : workerData % 4] } }, onEvent() {} })
let number = 10000000
const round = () => Promise.all(Array.from({ length: 40 }, () => otp.start({ to: `+316${++number}` })))
parentPort.postMessage('calls are under way')
do {
  await round()
  await new Promise((resolve) => setImmediate(resolve))
} while (!idle)
