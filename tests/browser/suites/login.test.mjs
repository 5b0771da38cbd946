// The way through the login page, and every way beside it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  askForCode, enterCode, messages, newestCode, notice, otherThan, path, PHONE, post, cookiesOf, profile, servers, signIn,
} from '../support.mjs'

test('a code goes from the inbox to the login page by keyboard alone', async (t) => {
  const { login, sandbox } = await servers(t)
  const context = await profile(t, { permissions: ['clipboard-read', 'clipboard-write'] })
  const inbox = await context.newPage()
  await inbox.goto(sandbox)
  await inbox.locator('[data-testid=connection][data-state=live]').waitFor()

  const page = await context.newPage()
  await page.goto(login)
  // The field has the focus, so typing begins at once.
  await page.keyboard.type('+31 6 1234 5678')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/code')
  assert.match(await page.locator('#code-hint').innerText(), /78/)
  assert.ok(!(await page.content()).includes('61234567'), 'the code page does not show the whole number')

  await inbox.bringToFront()
  const shown = inbox.getByTestId('message')
  await shown.waitFor()
  assert.equal(await shown.count(), 1)
  await inbox.keyboard.press('c')
  await inbox.getByText('Copied', { exact: true }).waitFor()

  await page.bringToFront()
  await page.keyboard.press('Control+V')
  assert.equal(await page.getByLabel('Code', { exact: true }).inputValue(), await newestCode(sandbox))
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account')
  assert.equal(await page.locator('#signed-in-as').innerText(), PHONE)
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'the heading is read out first')
})

test('a code is taken as people type it', async (t) => {
  const { login, sandbox } = await servers(t)
  const page = await (await profile(t)).newPage()
  await askForCode(page, login, '+31 (6) 1234-5678')
  const code = await newestCode(sandbox)
  const fullWidth = [...code].map((digit) => String.fromCharCode(0xff10 + Number(digit)))
  await enterCode(page, ` ${fullWidth.slice(0, 3).join('')} ${fullWidth.slice(3).join('')}`)
  await page.waitForURL('**/account')
})

test('a number that is none stays in the field, with the reason', async (t) => {
  const { login } = await servers(t)
  const page = await (await profile(t)).newPage()
  for (const typed of ['', '12', '+31 6 <b>&"', 'somebody@example.org']) {
    await askForCode(page, login, typed)
    assert.equal(path(page), '/')
    assert.equal((await notice(page)).kind, 'phone', typed)
    const field = page.getByLabel('Phone number')
    assert.equal(await field.inputValue(), typed)
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    assert.match(await page.title(), /^Problem: /)
  }
  await page.reload()
  assert.equal(await page.locator('#notice').count(), 0, 'said once')
})

test('a wrong code leaves tries, and the right one still signs in', async (t) => {
  const { login, sandbox } = await servers(t)
  const page = await (await profile(t)).newPage()
  await askForCode(page, login)
  const code = await newestCode(sandbox)
  await enterCode(page, otherThan(code))
  assert.deepEqual(await notice(page), { kind: 'wrong', text: 'That is not the code. You have 4 tries left.' })
  const field = page.getByLabel('Code', { exact: true })
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  assert.equal(await field.inputValue(), '')
  assert.ok(await field.evaluate((input) => input === document.activeElement))
  await page.reload()
  assert.equal(await page.locator('#notice').count(), 0, 'a reload spends no try and repeats nothing')
  await enterCode(page, '12')
  assert.equal((await notice(page)).kind, 'shape')
  await enterCode(page, otherThan(code, 1))
  assert.match((await notice(page)).text, /3 tries/, 'what is no code at all spent no try')
  await enterCode(page, code)
  await page.waitForURL('**/account')
})

test('too many wrong codes end it, and the right code comes too late', async (t) => {
  const { login, sandbox } = await servers(t)
  const context = await profile(t)
  const page = await context.newPage()
  await askForCode(page, login)
  const code = await newestCode(sandbox)
  const pending = (await context.cookies()).find(({ name }) => name === 'pending')
  for (const left of [4, 3, 2, 1]) {
    await enterCode(page, otherThan(code, left))
    assert.match((await notice(page)).text, new RegExp(`${left} (tries|try) left`))
  }
  await enterCode(page, otherThan(code))
  assert.equal(path(page), '/')
  const ended = await notice(page)
  assert.equal(ended.kind, 'ended')
  // With the old cookie, as somebody would who kept a copy.
  const late = await post(login, '/check', { code }, { cookie: `pending=${pending.value}` })
  assert.equal(late.headers.location, '/')
  // A verification that never was looks the same.
  const never = await post(login, '/check', { code })
  assert.equal(never.headers.location, '/')
  const sentence = async (answer) => {
    const page = await fetch(login, { headers: { cookie: cookiesOf(answer) } })
    return /id="notice"[^>]*>([^<]*)</.exec(await page.text())[1]
  }
  assert.equal(await sentence(late), ended.text)
  assert.equal(await sentence(never), ended.text)
})

test('a code signs in once', async (t) => {
  const { login, sandbox } = await servers(t)
  const context = await profile(t)
  const page = await context.newPage()
  await askForCode(page, login)
  const code = await newestCode(sandbox)
  const pending = (await context.cookies()).find(({ name }) => name === 'pending')
  await enterCode(page, code)
  await page.waitForURL('**/account')
  const again = await post(login, '/check', { code, form: 'another-copy-of-the-form' }, { cookie: `pending=${pending.value}` })
  assert.equal(again.headers.location, '/')
  assert.ok(!/account=[^;]/.test(cookiesOf(again)))
})

test('the wait for a resend is counted down, then the code comes again', async (t) => {
  const { login, sandbox } = await servers(t, { RESEND_SECONDS: '5' })
  const page = await (await profile(t)).newPage()
  await askForCode(page, login)
  const code = await newestCode(sandbox)
  const button = page.getByRole('button', { name: 'Send it again' })
  const wait = page.locator('#wait')
  assert.equal(await button.getAttribute('aria-disabled'), 'true')
  const seen = new Set()
  const began = Date.now()
  while (Date.now() - began < 10_000) {
    const text = await wait.innerText()
    seen.add(text)
    if (text === 'You can ask for it again.') break
    if (seen.size === 1) {
      await button.click({ force: true })
      assert.equal(await page.locator('#notice').count(), 0, 'a click that is too early does nothing')
    }
    await page.waitForTimeout(50)
  }
  for (const text of ['2 seconds', '1 second.', 'You can ask for it again.']) {
    assert.ok([...seen].some((said) => said.includes(text)), `${text} is among ${[...seen]}`)
  }
  assert.equal(await button.getAttribute('aria-disabled'), 'false')
  assert.equal(await page.locator('#announcement[role=status]').innerText(), 'You can ask for it again.')
  await button.click()
  await page.locator('#notice[data-kind=resent]').waitFor()
  assert.deepEqual((await messages(sandbox)).map((message) => message.code), [code, code])
  assert.match(await wait.innerText(), /[2-5] seconds/)
  await enterCode(page, code)
  await page.waitForURL('**/account')
})

test('another number: the first code is good no more', async (t) => {
  const { login, sandbox } = await servers(t)
  const context = await profile(t)
  const page = await context.newPage()
  await askForCode(page, login)
  const code = await newestCode(sandbox)
  const pending = (await context.cookies()).find(({ name }) => name === 'pending')
  await page.getByRole('button', { name: 'Use another number' }).click()
  await page.waitForURL(`${login}/`)
  assert.ok(!(await context.cookies()).some(({ name }) => name === 'pending'))
  const old = await post(login, '/check', { code }, { cookie: `pending=${pending.value}` })
  assert.equal(old.headers.location, '/')

  const other = '+31687654321'
  await askForCode(page, login, other)
  await enterCode(page, await newestCode(sandbox, other))
  await page.waitForURL('**/account')
  assert.equal(await page.locator('#signed-in-as').innerText(), other)
})

test('too soon for the same number: how long to wait', async (t) => {
  const { login } = await servers(t)
  const page = await (await profile(t)).newPage()
  await askForCode(page, login)
  await page.getByRole('button', { name: 'Use another number' }).click()
  await askForCode(page, login)
  assert.equal(path(page), '/')
  const { kind, text } = await notice(page)
  assert.equal(kind, 'wait')
  const seconds = Number(/wait (\d+) seconds/.exec(text)[1])
  assert.ok(seconds > 20 && seconds <= 30, text)
  assert.equal(await page.getByLabel('Phone number').inputValue(), PHONE)
})

test('the back button leads astray nowhere', async (t) => {
  const { login, sandbox } = await servers(t)
  const page = await (await profile(t)).newPage()
  await askForCode(page, login)
  await page.waitForURL('**/code')
  await page.goBack()
  assert.equal(path(page), '/')
  // Asking again for the same number leads to the code that is under way.
  await page.getByLabel('Phone number').fill('+31 6 12345678')
  await page.getByRole('button', { name: 'Send the code' }).click()
  await page.waitForURL('**/code')
  assert.equal((await notice(page)).kind, 'already')
  assert.equal((await messages(sandbox)).length, 1)
  await enterCode(page, await newestCode(sandbox))
  await page.waitForURL('**/account')
  await page.goBack()
  await page.waitForURL('**/account')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.locator('#notice[data-kind=signedOut]').waitFor()
  await page.goBack()
  await page.waitForURL(`${login}/`)
  assert.ok(!(await page.content()).includes(PHONE), 'nothing is left to see after signing out')
})

test('signing out ends it on the server too', async (t) => {
  const both = await servers(t)
  const context = await profile(t)
  const page = await context.newPage()
  await signIn(page, both)
  const account = (await context.cookies()).find(({ name }) => name === 'account')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${both.login}/`)
  await context.addCookies([account])
  await page.goto(`${both.login}/account`)
  assert.equal(path(page), '/', 'a kept copy of the cookie is worth nothing')
})

const shownNotice = async (page) => ((await page.locator('#notice').count()) === 0 ? 'none' : (await notice(page)).kind)

for (const javaScriptEnabled of [true, false]) {
  test(`a double click sends once and signs in (scripts ${javaScriptEnabled ? 'on' : 'off'})`, async (t) => {
    const { login, sandbox } = await servers(t)
    const page = await (await profile(t, { javaScriptEnabled })).newPage()
    await page.goto(login)
    await page.getByLabel('Phone number').fill(PHONE)
    await page.getByRole('button', { name: 'Send the code' }).dblclick()
    // What stands in the end counts; without scripts the second click ends the first one's navigation.
    const field = page.getByLabel('Code', { exact: true })
    await field.waitFor()
    await page.waitForLoadState('networkidle')
    assert.ok(['none', 'already'].includes(await shownNotice(page)), 'nobody is told to wait')
    const code = await newestCode(sandbox)
    assert.equal((await messages(sandbox)).length, 1)
    await field.fill(code)
    await page.getByRole('button', { name: 'Sign in' }).dblclick()
    await page.locator('#signed-in-as').waitFor()
    await page.waitForLoadState('networkidle')
    assert.equal(await page.locator('#signed-in-as').innerText(), PHONE)
  })
}

test('while a form is on its way a second click sends nothing', async (t) => {
  const { login } = await servers(t)
  const page = await (await profile(t)).newPage()
  let posts = 0
  await page.route('**/start', async (route) => {
    posts += 1
    await new Promise((resolve) => setTimeout(resolve, 800))
    await route.continue().catch(() => {})
  })
  await page.goto(login)
  await page.getByLabel('Phone number').fill(PHONE)
  const { x, y } = await page.getByRole('button', { name: 'Send the code' }).boundingBox()
  for (const pause of [200, 200, 0]) {
    await page.mouse.click(x + 20, y + 20)
    await page.waitForTimeout(pause)
  }
  await page.getByLabel('Code', { exact: true }).waitFor()
  assert.equal(posts, 1)
})

test('the same form twice at once gets one answer', async (t) => {
  const { login, sandbox } = await servers(t)
  const started = await Promise.all([1, 2, 3].map(() => post(login, '/start', { phone: PHONE, form: 'one-copy' })))
  assert.equal(new Set(started.map(cookiesOf)).size, 1)
  const code = await newestCode(sandbox)
  assert.equal((await messages(sandbox)).length, 1)
  const cookie = cookiesOf(started[0])
  const checked = await Promise.all([1, 2, 3].map(() => post(login, '/check', { code, form: 'second-copy' }, { cookie })))
  assert.deepEqual(checked.map(({ headers }) => headers.location), ['/account', '/account', '/account'])
  assert.equal(new Set(checked.map(cookiesOf)).size, 1)
})

test('a sandbox that is not there is a friendly sentence', async (t) => {
  const { login } = await servers(t, { SANDBOX_URL: 'http://127.0.0.1:9' })
  const page = await (await profile(t)).newPage()
  await askForCode(page, login)
  assert.equal(path(page), '/')
  assert.equal((await notice(page)).kind, 'trouble')
})
