// The sandbox's inbox, as a person uses it while developing: live, by mouse and by keyboard.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profile, sandboxAt, servers } from '../support.mjs'

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] }

async function open(t, options) {
  const { sandbox } = await servers(t)
  const context = await profile(t, options)
  const page = await context.newPage()
  await page.goto(sandbox)
  await page.locator('[data-testid=connection][data-state=live]').waitFor()
  return { page, sandbox, context }
}

async function send(sandbox, message) {
  const answer = await fetch(`${sandbox}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'sms', text: `Your code is ${message.code}.`, ...message }),
  })
  assert.equal(answer.status, 201)
}

const codes = (page) => page.getByTestId('code').allInnerTexts()
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText())
const focused = (page) => page.evaluate(() => document.activeElement.querySelector?.('[data-testid=code]')?.textContent)

test('messages appear by themselves, newest first, and in every open page', async (t) => {
  const { page, sandbox, context } = await open(t)
  assert.ok(await page.getByTestId('empty').isVisible())
  const second = await context.newPage()
  await second.goto(sandbox)
  let reads = 0
  page.on('request', () => reads++)
  for (const code of ['111111', '222222', '333333']) await send(sandbox, { to: '+31612345678', code })
  for (const each of [page, second]) {
    await each.getByText('333333', { exact: true }).waitFor()
    assert.deepEqual(await codes(each), ['333333', '222222', '111111'])
  }
  assert.equal(reads, 0, 'they came over the open stream')
  assert.ok(await page.getByTestId('empty').isHidden())
  assert.match(await page.locator('#announcement').innerText(), /3 3 3 3 3 3/, 'read out digit by digit')
})

test('the copy button copies the code and says so', async (t) => {
  const { page, sandbox } = await open(t, CLIPBOARD)
  await send(sandbox, { to: '+31612345678', code: '042424' })
  const button = page.getByRole('button', { name: 'Copy code 042424' })
  await button.click()
  await page.getByTestId('copy').getByText('Copied').waitFor()
  assert.equal(await clipboard(page), '042424')
  await page.getByTestId('copy').getByText('Copy', { exact: true }).waitFor()
})

test('every key of the help line does what it says', async (t) => {
  const { page, sandbox } = await open(t, CLIPBOARD)
  for (const digit of '123') await send(sandbox, { to: `+316${digit.repeat(8)}`, code: digit.repeat(6) })
  await page.getByText('333333', { exact: true }).waitFor()

  await page.keyboard.press('c')
  await page.getByText('Copied', { exact: true }).waitFor()
  assert.equal(await clipboard(page), '333333', 'with no message chosen c copies the newest')

  const moves = ['j 333333', 'j 222222', 'ArrowDown 111111', 'j 111111', 'k 222222', 'ArrowUp 333333']
  for (const [key, code] of moves.map((move) => move.split(' '))) {
    await page.keyboard.press(key)
    assert.equal(await focused(page), code, key)
  }
  await page.keyboard.press('j')
  for (const key of ['c', 'Enter']) {
    await page.evaluate(() => navigator.clipboard.writeText(''))
    await page.keyboard.press(key)
    await page.waitForFunction(() => navigator.clipboard.readText().then((text) => text === '222222'))
  }

  await page.keyboard.press('/')
  await page.keyboard.type('6111')
  assert.deepEqual(await page.getByTestId('code').filter({ visible: true }).allInnerTexts(), ['111111'])
  assert.match(page.url(), /\?to=6111$/)
  await page.keyboard.type('9')
  assert.ok(await page.getByTestId('nothing-found').isVisible())
  await page.keyboard.press('Escape')
  assert.equal(await page.getByTestId('filter').inputValue(), '')
  assert.equal((await codes(page)).length, 3)
  // A c that is typed is a letter, not a command.
  await page.evaluate(() => navigator.clipboard.writeText('untouched'))
  await page.keyboard.type('c')
  assert.equal(await clipboard(page), 'untouched')
})

test('clearing empties every open page', async (t) => {
  const { page, sandbox, context } = await open(t)
  const second = await context.newPage()
  await second.goto(sandbox)
  await send(sandbox, { to: '+31612345678', code: '042424' })
  await second.getByText('042424', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  for (const each of [page, second]) await each.getByTestId('empty').waitFor()
})

test('a sandbox that ended shows, and what a new one got appears without a reload', async (t) => {
  const first = await sandboxAt(t, '127.0.0.1:0')
  const page = await (await profile(t)).newPage()
  await page.goto(first.url)
  await page.locator('[data-testid=connection][data-state=live]').waitFor()
  await send(first.url, { to: '+31612345678', code: '111111' })
  await page.getByText('111111', { exact: true }).waitFor()
  first.process.kill('SIGTERM')
  await page.locator('[data-testid=connection][data-state=lost]').waitFor()
  assert.deepEqual(await codes(page), ['111111'], 'what was shown stays readable')

  const second = await sandboxAt(t, new URL(first.url).host)
  await send(second.url, { to: '+31612345678', code: '222222' })
  await page.getByText('222222', { exact: true }).waitFor()
  await page.locator('[data-testid=connection][data-state=live]').waitFor()
  assert.deepEqual(await codes(page), ['222222'])
})

test('a message is shown as text, whatever it holds', async (t) => {
  const { page, sandbox } = await open(t)
  const text = '<img src=x onerror="document.title=1"> & \u202Egnp.exe {{to}}'
  await send(sandbox, { to: '+31612345678', code: '042424', text, purpose: '<script>alert(1)</script>' })
  assert.equal(await page.getByTestId('text').innerText(), text)
  assert.equal(await page.title(), 'otpkit sandbox')
  await page.reload()
  assert.equal(await page.getByTestId('text').innerText(), text)
})

test('what a message does not say takes no room', async (t) => {
  const { page, sandbox } = await open(t)
  await send(sandbox, { to: '+31612345678', code: '042424', purpose: 'login', tenant: '', locale: null })
  const lines = () => page.locator('dt').filter({ visible: true }).allInnerTexts()
  await page.getByText('042424', { exact: true }).waitFor()
  assert.deepEqual(await lines(), ['purpose', 'id'], 'as the script shows it')
  await page.reload()
  assert.deepEqual(await lines(), ['purpose', 'id'], 'as the server shows it')
})
