// What every browser test needs: the two servers, a browser, and eyes for what a person would not see.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
const screenshots = join(root, 'target', 'screenshots')
mkdirSync(screenshots, { recursive: true })

export const PHONE = '+31612345678'
export const DESKTOP = { width: 1280, height: 860 }
export const NARROW = { width: 360, height: 740 }

let browser
before(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  assert.ok(existsSync(executablePath), `${executablePath} is missing: apt-get install chromium, or set CHROMIUM`)
  const quiet = ['quic', 'background-networking', 'component-update', 'sync'].map((what) => `--disable-${what}`)
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet]
  browser = await chromium.launch({ executablePath, headless: true, args })
})
after(() => browser?.close())

/** A sandbox and a login page of this test's own, so that no limit and no message is shared. */
export async function servers(t, env = {}) {
  const sandbox = await sandboxAt(t, '127.0.0.1:0')
  const login = await loginPage(t, { SANDBOX_URL: sandbox.url, ...env })
  return { sandbox: sandbox.url, login: login.url, process: login.process }
}

export function sandboxAt(t, listen) {
  return serve(t, join(target, 'release', 'otpkit-sandbox'), ['--listen', listen, '--exit-with-parent'])
}

export function loginPage(t, env) {
  const server = join(root, 'examples', 'node', 'web-login', 'server.mjs')
  return serve(t, process.execPath, [server], { PORT: '0', RESEND_SECONDS: '', ...env })
}

async function serve(t, command, args, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  t.after(async () => {
    child.kill('SIGTERM')
    const tooLate = setTimeout(() => child.kill('SIGKILL'), 5000)
    const signal = await gone
    clearTimeout(tooLate)
    assert.notEqual(signal, 'SIGKILL', `${command} ends when it is asked to`)
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/\S+/.exec(line)?.[0]
    if (url) return { url, process: child }
  }
  throw new Error(`${command} ended before it listened`)
}

/** A browser profile of its own. What a page complains about (scripts, the content security policy) fails the test. */
export async function profile(t, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: DESKTOP, ...options })
  context.setDefaultTimeout(10_000)
  const complaints = []
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('console', (line) => {
    // Chromium reports each answer of 400 and above; those are looked at by the tests themselves.
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) complaints.push(line.text())
  })
  t.after(async () => {
    await context.close()
    assert.deepEqual(complaints, [], 'the pages have nothing to complain about')
  })
  return context
}

/** The messages that the sandbox got for the recipient, newest first; waits until there is one. */
export async function messages(sandbox, to = PHONE) {
  const answer = await fetch(`${sandbox}/api/messages?to=${encodeURIComponent(to)}&wait_ms=5000`)
  return (await answer.json()).messages
}

export async function newestCode(sandbox, to = PHONE) {
  const [newest] = await messages(sandbox, to)
  assert.match(newest?.code ?? '', /^\d{6}$/)
  return newest.code
}

/** A code that is wrong for sure. */
export function otherThan(code, nth = 0) {
  return String((Number(code) + 1 + nth) % 1_000_000).padStart(6, '0')
}

/** Step 1, as a person does it. */
export async function askForCode(page, login, phone = PHONE) {
  await page.goto(login)
  await page.getByLabel('Phone number').fill(phone)
  await page.getByRole('button', { name: 'Send the code' }).click()
}

/** Step 2. */
export async function enterCode(page, code) {
  await page.getByLabel('Code', { exact: true }).fill(code)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export async function signIn(page, { login, sandbox }) {
  await askForCode(page, login)
  await page.waitForURL('**/code')
  await enterCode(page, await newestCode(sandbox))
  await page.waitForURL('**/account')
}

export const path = (page) => new URL(page.url()).pathname

/** What the page says about the last step: its kind and its sentence. */
export async function notice(page) {
  const shown = page.locator('#notice')
  return { kind: await shown.getAttribute('data-kind'), text: await shown.innerText() }
}

export async function picture(page, name) {
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true, animations: 'disabled', caret: 'initial' })
}

/** Plain HTTP with chosen headers, Host included, which `fetch` does not allow. */
export async function raw(url, { method = 'GET', headers = {}, body } = {}) {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const parts = []
      answer.on('data', (part) => parts.push(part))
      const text = () => Buffer.concat(parts).toString()
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: text() }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A form of our own, sent by hand. */
export function post(login, path, fields, headers = {}) {
  const body = new URLSearchParams(fields).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return raw(login + path, { method: 'POST', body, headers: { ...type, origin: login, ...headers } })
}

/** The cookies that an answer sets, as a Cookie header. */
export function cookiesOf(answer) {
  return (answer.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')
}
