// A login page with a code by text message: plain Node, no framework. See docs/web-login.md for the why of each part.
//   node server.mjs     settings come from the environment, all with defaults for your own computer:
//   PORT, SANDBOX_URL, ORIGIN (https://login.example.org behind TLS), OTPKIT_SECRET (32 bytes or more), RESEND_SECONDS

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Otpkit, OtpkitError } from 'otpkit'
import { Cookies, Sealer, SignIns } from './cookies.mjs'
import { accountPage, codePage, failurePage, phonePage } from './pages.mjs'
import { wordsFor } from './words.mjs'

const env = process.env
const inbox = env.SANDBOX_URL ?? 'http://127.0.0.1:4680'
const secret = env.OTPKIT_SECRET
const secure = env.ORIGIN?.startsWith('https:') ?? false

const otp = new Otpkit({
  secrets: secret === undefined ? undefined : [secret],
  providers: { sandbox: { type: 'sandbox', url: inbox } },
  brand: 'Acme',
  purposes: { login: { resendAfterSeconds: env.RESEND_SECONDS ? [Number(env.RESEND_SECONDS)] : undefined } },
})
const sealer = new Sealer(secret)
const signIns = new SignIns()

const PENDING_SECONDS = 600
const NOTICE_SECONDS = 60
const SIGNED_IN_SECONDS = 3600
const MOST_BYTES = 4096

// Steps: each takes a visit (request, cookies, form) and says what to answer.

const steps = {
  'GET /': (visit) => {
    if (account(visit)) return goTo('/account')
    return show(phonePage({ words: visit.words, notice: takeNotice(visit), inbox }))
  },

  'POST /start': async (visit) => {
    const to = plain(visit.form.get('phone'))
    try {
      const { words, ip } = visit
      const started = await otp.start({ to, channel: 'sms', purpose: 'login', ip, locale: words.tag })
      remember(visit, started)
      return goTo('/code')
    } catch (error) {
      const notice = noticeOf('start', error)
      // Somebody who went back and asked again: the code that was sent is still good.
      if (notice.kind === 'wait' && (await isPendingFor(visit, to))) return goTo('/code', visit, { kind: 'already' })
      const typed = (visit.form.get('phone') ?? '').slice(0, 40)
      return goTo('/', visit, { ...notice, typed })
    }
  },

  'GET /code': (visit) => {
    const pending = pendingOf(visit)
    if (!pending) return goTo(account(visit) ? '/account' : '/')
    const resendIn = Math.max(0, Math.ceil((pending.resendAt - Date.now()) / 1000))
    const minutes = Math.max(1, Math.round((pending.expiresAt - Date.now()) / 60_000))
    const notice = takeNotice(visit)
    return show(codePage({ words: visit.words, notice, inbox, masked: pending.toMasked, resendIn, minutes }))
  },

  'POST /check': async (visit) => {
    const pending = pendingOf(visit)
    if (!pending) return account(visit) ? goTo('/account') : goTo('/', visit, { kind: 'ended' })
    try {
      const code = plain(visit.form.get('code'))
      const reply = await otp.check({ id: pending.id, code, purpose: 'login' })
      if (reply.approved) {
        visit.cookies.clear('pending')
        // Who signs in is what the approval names, never what the browser says.
        visit.cookies.set('account', signIns.add(reply.to, SIGNED_IN_SECONDS), SIGNED_IN_SECONDS)
        return goTo('/account')
      }
      if (reply.status === 'pending') return goTo('/code', visit, { kind: 'wrong', left: reply.attemptsLeft })
      // Unknown, expired, used up: `reply.reason` is for the log, the visitor sees one and the same sentence.
      return forget(visit, { kind: 'ended' })
    } catch (error) {
      const notice = noticeOf('check', error)
      return goTo('/code', visit, notice.kind === 'input' ? { kind: 'shape' } : notice)
    }
  },

  'POST /resend': async (visit) => {
    const pending = pendingOf(visit)
    if (!pending) return goTo('/', visit, { kind: 'ended' })
    try {
      remember(visit, await otp.resend({ id: pending.id, purpose: 'login' }))
      return goTo('/code', visit, { kind: 'resent' })
    } catch (error) {
      const notice = noticeOf('resend', error)
      return notice.kind === 'ended' ? forget(visit, notice) : goTo('/code', visit, notice)
    }
  },

  'POST /another': async (visit) => {
    const pending = pendingOf(visit)
    // A code that nobody waits for any more should not stay good.
    if (pending) await otp.cancel({ id: pending.id, purpose: 'login' }).catch((error) => noticeOf('cancel', error))
    return forget(visit)
  },

  'GET /account': (visit) => {
    const known = account(visit)
    return known ? show(accountPage({ words: visit.words, phone: known.phone })) : goTo('/')
  },

  'POST /sign-out': (visit) => {
    const id = visit.cookies.get('account')
    if (id) signIns.remove(id)
    visit.cookies.clear('account')
    return goTo('/', visit, { kind: 'signedOut' })
  },
}

for (const [name, type] of [['style.css', 'text/css'], ['page.js', 'text/javascript'], ['icon.svg', 'image/svg+xml']]) {
  const body = readFileSync(new URL(name, import.meta.url))
  steps[`GET /${name}`] = () => ({ status: 200, type: `${type}; charset=utf-8`, body })
}

// What the steps share.

function account(visit) {
  return signIns.find(visit.cookies.get('account'))
}

function pendingOf({ cookies }) {
  return sealer.open('pending', cookies.get('pending'))
}

/** The browser keeps the id, sealed. It never keeps the number: a number proves nothing. */
function remember(visit, { id, toMasked, expiresAt, resendAt }) {
  const pending = { id, toMasked, expiresAt: expiresAt.getTime(), resendAt: resendAt.getTime() }
  visit.cookies.set('pending', sealer.seal('pending', pending, PENDING_SECONDS), PENDING_SECONDS)
}

function forget(visit, notice) {
  visit.cookies.clear('pending')
  return goTo('/', visit, notice)
}

/** `status` is no proof: it only chooses which page to show. */
async function isPendingFor(visit, to) {
  const pending = pendingOf(visit)
  if (!pending) return false
  const { status } = await otp.status({ id: pending.id, purpose: 'login', to }).catch(() => ({ status: 'ended' }))
  return status === 'pending'
}

/** As people type: blanks and hyphens between digits, full-width digits of a Chinese keyboard. */
function plain(text) {
  return (text ?? '').normalize('NFKC').replace(/[\s()-]/g, '')
}

/** One of our own sentences for each error; the error itself goes to the log, which it may: it shows no number or code. */
function noticeOf(call, error) {
  if (!(error instanceof OtpkitError)) throw error
  console.error(`${call}: ${error.code}`)
  switch (error.code) {
    case 'invalid_input':
      return { kind: call === 'start' ? 'phone' : 'input' }
    case 'no_route':
    case 'rejected':
      return { kind: 'country' }
    case 'rate_limited':
    case 'provider_limited':
    case 'locked':
      return { kind: 'wait', seconds: Math.max(1, Math.ceil((error.retryAfterMs ?? 60_000) / 1000)) }
    case 'verification_ended':
      return { kind: 'ended' }
    default:
      return { kind: 'trouble' }
  }
}

/** Every form is answered by a redirect, so that reload and back repeat nothing; the next page says what happened. */
function goTo(location, visit, notice) {
  if (notice) visit.cookies.set('notice', sealer.seal('notice', notice, NOTICE_SECONDS), NOTICE_SECONDS)
  return { status: 303, location, type: 'text/plain; charset=utf-8', body: '' }
}

function takeNotice(visit) {
  const sealed = visit.cookies.get('notice')
  if (sealed) visit.cookies.clear('notice')
  return sealer.open('notice', sealed)
}

function show(body, status = 200) {
  return { status, type: 'text/html; charset=utf-8', body }
}

/**
 * A form that is submitted twice (a double click, a browser that tries again) gets the first answer twice. Without this
 * the second one would find the code used, and the second is what the browser shows. A repeat is one of the same form,
 * the same fields and the same verification, so it comes from who sent the first.
 */
function once(key, work) {
  let answer = answers.get(key)
  if (answer === undefined) {
    answer = work()
    answers.set(key, answer)
    if (answers.size > 1000) answers.delete(answers.keys().next().value)
    const drop = () => setTimeout(() => answers.delete(key), 10_000).unref()
    answer.then(drop, drop)
  }
  return answer
}
const answers = new Map()

// HTTP.

class Refused extends Error {
  constructor(status) {
    super(`refused: ${status}`)
    this.status = status
  }
}

const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, async (request, response) => {
  const words = wordsFor(request.headers['accept-language'])
  let answer
  try {
    answer = await serve(request, words)
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error)
    const status = error instanceof Refused ? error.status : 500
    answer = show(failurePage({ words, status }), status)
    // What is left of the request is not read.
    if (!request.complete) answer.close = true
  }
  response.writeHead(answer.status, {
    ...HEADERS,
    'content-type': answer.type,
    ...(answer.location && { location: answer.location }),
    ...(answer.cookies?.length && { 'set-cookie': answer.cookies }),
    ...(answer.close && { connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : answer.body)
})

const HEADERS = {
  // Nothing from elsewhere, nothing inline, no frame around the page, no form to somebody else.
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // Pages about a number stay out of caches, and out of sight after signing out.
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

async function serve(request, words) {
  const origin = ownOrigin(request)
  const path = request.url.split('?', 1)[0]
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const step = steps[`${method} ${path}`]
  if (!step) {
    throw new Refused(Object.keys(steps).some((name) => name.endsWith(` ${path}`)) ? 405 : 404)
  }
  const cookies = new Cookies(request.headers.cookie, secure)
  const visit = { words, cookies, ip: request.socket.remoteAddress, form: new URLSearchParams() }
  const run = async () => ({ ...(await step(visit)), cookies: cookies.toSet() })
  if (method === 'GET') return run()
  if (!isOwnForm(request, origin)) throw new Refused(403)
  const body = await bodyOf(request)
  visit.form = new URLSearchParams(body)
  return once(JSON.stringify([path, pendingOf(visit)?.id, body]), run)
}

/** Requests under another name are refused: a page elsewhere may point its own name at this address (DNS rebinding). */
function ownOrigin(request) {
  const { host } = request.headers
  if (env.ORIGIN !== undefined) {
    if (host === new URL(env.ORIGIN).host) return new URL(env.ORIGIN).origin
  } else if (/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) {
    return `http://${host}`
  }
  throw new Refused(403)
}

/**
 * Against forms on other sites (CSRF). Browsers say where a request comes from; one that says nothing is refused too.
 * SameSite cookies alone do not do it: another port of this host is the same site.
 */
function isOwnForm({ headers }, own) {
  const { origin, 'sec-fetch-site': site } = headers
  if (origin === undefined && site === undefined) return false
  return (origin === undefined || origin === own) && (site === undefined || site === 'same-origin')
}

async function bodyOf(request) {
  if (request.headers['content-type']?.split(';', 1)[0] !== 'application/x-www-form-urlencoded') throw new Refused(415)
  return new Promise((resolve, reject) => {
    const parts = []
    let size = 0
    request.on('data', (part) => {
      size += part.length
      if (size <= MOST_BYTES) return parts.push(part)
      request.pause()
      reject(new Refused(413))
    })
    request.on('end', () => resolve(Buffer.concat(parts).toString()))
    request.on('error', () => reject(new Refused(400)))
  })
}

server.listen(Number(env.PORT ?? 4600), '127.0.0.1', () => {
  console.log(`login page on http://127.0.0.1:${server.address().port}`)
})
server.on('error', (error) => {
  console.error(error.code === 'EADDRINUSE' ? `port ${error.port} is taken: set PORT to another one` : error.message)
  process.exitCode = 1
})

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    server.close()
    // Answers under way get a moment; then the rest is cut off.
    setTimeout(() => server.closeAllConnections(), 1000).unref()
    await otp.close()
  })
}
