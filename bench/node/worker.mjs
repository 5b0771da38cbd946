// Runs what bench/run.py asks for, one case at a time: a line `CASE COUNT [IN_FLIGHT URL]` in, a line of JSON out.
import { createInterface } from 'node:readline'
import { betterAuth, handWritten, otpkit } from './cycle.mjs'
import { sends } from './sends.mjs'

const cases = { ...otpkit, ...handWritten, ...betterAuth, ...sends }

for await (const line of createInterface({ input: process.stdin })) {
  const [name, count, inFlight, url] = line.split(' ')
  let answer
  try {
    if (!Object.hasOwn(cases, name)) throw new Error(`no case \`${name}\``)
    answer = await cases[name](Number(count), Number(inFlight), url)
  } catch (error) {
    answer = { error: String(error?.message ?? error) }
  }
  process.stdout.write(`${JSON.stringify({ count: Number(count), ...answer })}\n`)
}
