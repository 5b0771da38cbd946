// Both pages with scripts switched off.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  askForCode, enterCode, messages, newestCode, notice, otherThan, path, PHONE, picture, profile, servers,
} from '../support.mjs'

test('without scripts a code is read in the inbox and signs in', async (t) => {
  const { login, sandbox } = await servers(t)
  const context = await profile(t, { javaScriptEnabled: false })
  const page = await context.newPage()
  await askForCode(page, login)
  assert.equal(path(page), '/code')

  const inbox = await context.newPage()
  await inbox.goto(sandbox)
  const code = await inbox.getByTestId('code').innerText()
  assert.match(code, /^\d{6}$/)
  await picture(inbox, 'inbox-without-scripts')
  assert.ok(await inbox.locator('noscript .notice').isVisible(), 'it says that scripts are off')
  assert.ok(await inbox.getByTestId('copy').isHidden(), 'what needs scripts is not there')
  await enterCode(page, otherThan(code))
  assert.equal((await notice(page)).kind, 'wrong')
  await enterCode(page, code)
  assert.equal(path(page), '/account')
  assert.equal(await page.locator('#signed-in-as').innerText(), PHONE)
  await page.getByRole('button', { name: 'Sign out' }).click()
  assert.equal((await notice(page)).kind, 'signedOut')
})

test('without scripts the resend button answers politely, and sends when it is time', async (t) => {
  const { login, sandbox } = await servers(t, { RESEND_SECONDS: '4' })
  const page = await (await profile(t, { javaScriptEnabled: false })).newPage()
  await askForCode(page, login)
  assert.match(await page.locator('#wait').innerText(), /in [1-4] seconds?\.$/)
  const button = page.getByRole('button', { name: 'Send it again' })
  await button.click()
  const early = await notice(page)
  assert.equal(early.kind, 'wait')
  assert.match(early.text, /wait [1-4] seconds?, then try again/)
  await page.waitForTimeout(4100)
  await button.click()
  assert.equal((await notice(page)).kind, 'resent')
  assert.equal((await messages(sandbox)).length, 2)
  await enterCode(page, await newestCode(sandbox))
  assert.equal(path(page), '/account')
})

test('without scripts the inbox filters', async (t) => {
  const { login, sandbox } = await servers(t)
  const page = await (await profile(t, { javaScriptEnabled: false })).newPage()
  await askForCode(page, login)
  await page.goto(sandbox)
  await page.getByTestId('filter').fill('+31 6 1234')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/?to=*')
  assert.equal(await page.getByTestId('message').count(), 1)
  await page.getByTestId('filter').fill('999')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/?to=999')
  assert.equal(await page.getByTestId('message').count(), 0)
  await page.getByRole('link', { name: 'Show all messages' }).click()
  await page.waitForURL(`${sandbox}/`)
  assert.equal(await page.getByTestId('message').count(), 1)
})
