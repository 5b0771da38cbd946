// A sandbox of one's own, its control, and the way by which an SDK that only knows https://…com reaches it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

const child = spawn(process.env.OTPKIT_SANDBOX, ['--listen', '127.0.0.1:0', '--exit-with-parent'], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
after(() => child.stdin.end())

/** Where the sandbox of this test file listens. */
export const url = await listening()

async function listening() {
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /http:\/\/\S+/.exec(line)?.[0]
    if (found) return found
  }
  throw new Error(`${process.env.OTPKIT_SANDBOX} ended before it listened`)
}

/** The newest message to a recipient; fails when none comes. */
export async function newest(to) {
  const answer = await fetch(`${url}/api/messages?to=${encodeURIComponent(to)}&limit=1&wait_ms=5000`)
  const { messages } = await answer.json()
  assert.equal(messages.length, 1, `a message for ${to}`)
  return messages[0]
}

export async function fault(rule) {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/faults`, { method: 'POST', headers, body: JSON.stringify(rule) })
  assert.equal(answer.status, 201, await answer.text())
}

/** A code that is wrong for sure. */
export function otherThan(code) {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')
}

let last = 0
/** A number that no other test uses: numbers from 0100 to 0199 are kept for fiction. */
export function number() {
  last += 1
  return `+120255501${String(last).padStart(2, '0')}`
}

/** An application that waits for reports; `next()` is the next request that came. */
export async function application(t) {
  const came = []
  const waiting = []
  const server = createServer((request, response) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      response.writeHead(204).end()
      const { method, headers } = request
      const all = { method, headers, url: `http://${headers.host}${request.url}`, body: Buffer.concat(parts) }
      const next = waiting.shift()
      if (next) next(all)
      else came.push(all)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const next = () => came.shift() ?? new Promise((resolve) => waiting.push(resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, next }
}
