// What a stranger may try against the login page.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import {
  askForCode, cookiesOf, enterCode, loginPage, messages, newestCode, otherThan, path, PHONE, post, profile, raw, servers,
} from '../support.mjs'

test('cookies are out of reach of scripts and show nothing', async (t) => {
  const { login, sandbox } = await servers(t)
  const context = await profile(t)
  const page = await context.newPage()
  const visible = async () => {
    assert.equal(await page.evaluate(() => document.cookie), '')
    for (const { name, value, httpOnly, sameSite, path, expires } of await context.cookies()) {
      assert.deepEqual({ httpOnly, sameSite, path }, { httpOnly: true, sameSite: 'Lax', path: '/' }, name)
      assert.ok(expires > 0 && expires < Date.now() / 1000 + 3601, `${name} ends by itself`)
      const bytes = Buffer.from(value, 'base64url').toString('latin1')
      assert.ok(![value, bytes].some((text) => text.includes('12345678') || text.includes('toMasked')), `${name} shows nothing`)
    }
    return (await context.cookies()).map(({ name }) => name).sort()
  }
  await askForCode(page, login)
  assert.deepEqual(await visible(), ['pending'])
  const code = await newestCode(sandbox)
  await enterCode(page, otherThan(code))
  assert.deepEqual(await visible(), ['pending'], 'the notice was read, and is gone')
  await enterCode(page, code)
  await page.waitForURL('**/account')
  assert.deepEqual(await visible(), ['account'])
})

test('behind TLS the cookies are Secure and bound to the host', async (t) => {
  const { sandbox } = await servers(t)
  const origin = 'https://login.example.org'
  const { url } = await loginPage(t, { SANDBOX_URL: sandbox, ORIGIN: origin })
  const headers = { host: 'login.example.org', origin }
  const started = await post(url, '/start', { phone: PHONE }, headers)
  assert.match(started.headers['set-cookie'][0], /^__Host-pending=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  const code = await newestCode(sandbox)
  const unprefixed = cookiesOf(started).replace('__Host-', '')
  assert.equal((await post(url, '/check', { code }, { ...headers, cookie: unprefixed })).headers.location, '/')
  const checked = await post(url, '/check', { code, form: 'x' }, { ...headers, cookie: cookiesOf(started) })
  assert.equal(checked.headers.location, '/account')
  assert.ok(checked.headers['set-cookie'].every((line) => line.startsWith('__Host-') && line.endsWith('; Secure')))
  assert.equal((await raw(url, { headers: { host: '127.0.0.1:4600' } })).status, 403)
})

test('a cookie that was changed, or is another cookie, opens nothing', async (t) => {
  const { login } = await servers(t)
  const cookie = cookiesOf(await post(login, '/start', { phone: PHONE }))
  const notice = /notice=([\w-]+)/.exec(cookiesOf(await post(login, '/start', { phone: 'x' })))[1]
  const value = cookie.slice('pending='.length)
  const answer = (cookie) => raw(`${login}/code`, { headers: { cookie } })
  assert.equal((await answer(cookie)).status, 200)
  for (let at = 0; at < value.length - 1; at += 7) {
    const changed = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)
    assert.equal((await answer(`pending=${changed}`)).status, 303, `changed at ${at}`)
  }
  for (const other of [notice, '', 'x', value.slice(0, 20), '%00', 'a'.repeat(3000)]) {
    assert.equal((await answer(`pending=${other}`)).status, 303)
  }
  assert.equal((await raw(`${login}/account`, { headers: { cookie: `account=${value}` } })).status, 303)
})

test('a form on another site or another port does nothing', async (t) => {
  const { login, sandbox } = await servers(t)
  const attacker = createServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<form method="post" action="${login}/start"><input name="phone" value="${PHONE}"><button>Win</button></form>`)
  })
  await new Promise((resolve) => attacker.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => attacker.close(resolve)))
  const page = await (await profile(t)).newPage()
  for (const host of ['127.0.0.1', 'localhost']) {
    await page.goto(`http://${host}:${attacker.address().port}`)
    const [answer] = await Promise.all([page.waitForResponse(`${login}/start`), page.getByRole('button').click()])
    assert.equal(answer.status(), 403, host)
    await page.getByText('did not come from our own page').waitFor()
  }
  const refused = [
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { origin: login.replace('http:', 'https:') },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
  ]
  for (const headers of refused) {
    const answer = await post(login, '/start', { phone: PHONE }, headers)
    assert.equal(answer.status, 403, JSON.stringify(headers))
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const silent = await raw(`${login}/start`, { method: 'POST', body: `phone=${encodeURIComponent(PHONE)}`, headers })
  assert.equal(silent.status, 403, 'who does not say where the form comes from is refused')
  const none = await fetch(`${sandbox}/api/messages`)
  assert.deepEqual(await none.json(), { messages: [] })
})

test('another host name reaches nothing (DNS rebinding)', async (t) => {
  const { login } = await servers(t)
  const { port } = new URL(login)
  const others = ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost@evil.example', '0.0.0.0']
  for (const host of others) {
    assert.equal((await raw(login, { headers: { host } })).status, 403, host)
  }
  assert.equal((await raw(login, { headers: { host: `localhost:${port}` } })).status, 200)
})

test('every answer carries the protecting headers', async (t) => {
  const { login } = await servers(t)
  for (const where of ['/', '/code', '/account', '/style.css', '/page.js', '/nothing']) {
    const { headers } = await raw(login + where)
    assert.match(headers['content-security-policy'], /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/, where)
    assert.ok(!headers['content-security-policy'].includes('unsafe'))
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'same-origin')
  }
})

test('odd requests are refused in a sentence, and the server lives', async (t) => {
  const { login } = await servers(t)
  assert.equal((await raw(`${login}/nothing`)).status, 404)
  assert.equal((await raw(`${login}/toString`)).status, 404)
  assert.equal((await raw(`${login}/start`)).status, 405)
  assert.equal((await post(login, '/', {})).status, 405)
  assert.equal((await post(login, '/start', {}, { 'content-type': 'application/json' })).status, 415)
  assert.equal((await post(login, '/start', { phone: 'x'.repeat(5000) })).status, 413)
  const huge = await raw(`${login}/start`, {
    method: 'POST',
    body: 'x'.repeat(10_000_000),
    headers: { origin: login, 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' },
  }).catch(({ code }) => ({ status: code }))
  assert.ok([413, 'ECONNRESET', 'EPIPE'].includes(huge.status), String(huge.status))
  assert.equal((await post(login, '/start', {})).headers.location, '/')
  for (const code of ['', '\0', '１２３', "' or 1=1", '-12345', '12345678901', 'x'.repeat(3000)]) {
    const started = cookiesOf(await post(login, '/start', { phone: PHONE }))
    assert.equal((await post(login, '/check', { code }, { cookie: started })).status, 303)
  }
  const head = await raw(login, { method: 'HEAD' })
  assert.deepEqual([head.status, head.text], [200, ''])
})

test('one address may start ten times, then it waits', async (t) => {
  const { login } = await servers(t)
  for (let nth = 0; nth < 10; nth++) {
    assert.equal((await post(login, '/start', { phone: `+3161234560${nth}` })).headers.location, '/code')
  }
  const eleventh = await post(login, '/start', { phone: '+31612345620' })
  assert.equal(eleventh.headers.location, '/')
  const page = await raw(login, { headers: { cookie: cookiesOf(eleventh) } })
  assert.match(page.text, /data-kind="wait">That is too soon\. Please wait \d+ minutes, then try again\./)
})

test('a stranger who guesses cannot end the verification of another', async (t) => {
  const { login, sandbox } = await servers(t)
  const page = await (await profile(t)).newPage()
  await askForCode(page, login)
  const code = await newestCode(sandbox)
  // Without the sealed cookie there is nothing to guess at, whatever the form says.
  for (let nth = 0; nth < 10; nth++) {
    await post(login, '/check', { code: otherThan(code, nth), phone: PHONE, id: 'x', form: `copy-${nth}` })
  }
  await enterCode(page, code)
  await page.waitForURL('**/account')
  assert.equal(path(page), '/account')
})

test('SIGTERM ends the server, with a browser and half a request still connected', async (t) => {
  const { login, process: server, sandbox } = await servers(t)
  const page = await (await profile(t)).newPage()
  await askForCode(page, login)
  await messages(sandbox)
  const half = connect(new URL(login).port, '127.0.0.1', () => half.write('POST /start HTTP/1.1\r\nHost:'))
  half.on('error', () => {})
  t.after(() => half.destroy())
  await new Promise((resolve) => half.once('connect', resolve))
  const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve({ code, signal })))
  const began = Date.now()
  server.kill('SIGTERM')
  const late = setTimeout(() => server.kill('SIGKILL'), 4000)
  assert.deepEqual(await ended, { code: 0, signal: null })
  clearTimeout(late)
  assert.ok(Date.now() - began < 3000)
})
