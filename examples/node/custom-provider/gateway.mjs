// Stands for somebody's SMS gateway and somebody's verification service, on a free port of this machine.
import { randomInt, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

export async function startGateway() {
  const codes = new Map()
  const verifications = new Map()

  const server = createServer(async (request, response) => {
    const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    let body = ''
    for await (const part of request) body += part
    const { to, text, code } = JSON.parse(body || '{}')

    if (request.url === '/messages') {
      codes.set(to, /\d{6}/.exec(text)[0])
      return answer(201, { id: randomUUID() })
    }
    if (request.url === '/verifications') {
      const id = randomUUID()
      const made = String(randomInt(1_000_000)).padStart(6, '0')
      codes.set(to, made)
      verifications.set(id, made)
      return answer(201, { id })
    }
    const id = /^\/verifications\/([^/]+)\/check$/.exec(request.url)?.[1]
    if (!verifications.has(id)) return answer(404, {})
    const valid = verifications.get(id) === code
    if (valid) verifications.delete(id)
    return answer(200, { valid })
  })

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** What the person would read on the phone. */
    codeFor: (to) => codes.get(to),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
