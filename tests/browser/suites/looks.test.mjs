// How both pages look and how they are read out: widths, light and dark, names of controls, axe. The pictures are
// in target/screenshots.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import {
  askForCode, DESKTOP, enterCode, messages, NARROW, newestCode, otherThan, PHONE, picture, profile, servers,
} from '../support.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const looks = [
  { name: 'desktop-light', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark' },
  { name: 'narrow-light', viewport: NARROW, colorScheme: 'light' },
  { name: 'narrow-dark', viewport: NARROW, colorScheme: 'dark' },
]

for (const { name, ...options } of looks) {
  test(`login page, ${name}: fits, reads well, no violation`, async (t) => {
    const { login, sandbox } = await servers(t)
    const page = await (await profile(t, options)).newPage()
    const look = (state) => examine(page, `login-${state}-${name}`, options.colorScheme)

    await page.goto(login)
    await look('phone')
    await askForCode(page, login, '+31 6')
    await look('phone-wrong')
    await askForCode(page, login)
    await look('code')
    const code = await newestCode(sandbox)
    await page.getByLabel('Code', { exact: true }).fill(code.slice(0, 4))
    await picture(page, `login-code-typed-${name}`)
    await enterCode(page, otherThan(code))
    await look('code-wrong')
    await enterCode(page, code)
    await page.waitForURL('**/account')
    await look('account')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('#notice').waitFor()
    await look('signed-out')
    await page.goto(`${login}/nothing`)
    await look('not-found')
  })

  test(`inbox, ${name}: fits, reads well, no violation`, async (t) => {
    const { sandbox } = await servers(t)
    const page = await (await profile(t, options)).newPage()
    const look = (state) => examine(page, `inbox-${state}-${name}`, options.colorScheme)
    await page.goto(sandbox)
    await page.locator('[data-testid=connection][data-state=live]').waitFor()
    await look('empty')
    for (const message of several) {
      const headers = { 'content-type': 'application/json' }
      await fetch(`${sandbox}/api/messages`, { method: 'POST', headers, body: JSON.stringify(message) })
    }
    await page.getByText('4 messages').waitFor()
    await look('messages')
    await page.getByTestId('filter').fill('nobody')
    await look('nothing-found')
  })
}

// Of every kind, and with words that are longer than a telephone is wide.
const several = [
  { to: PHONE, channel: 'sms', code: '042424', text: '042424 is your Acme code. It is valid for 5 min.', purpose: 'login', locale: 'en' },
  {
    to: 'a.very.long.address.of.somebody@subdomain.of.a.long.domain.example.org',
    channel: 'email',
    code: 'K7PQ2M',
    subject: 'Your code',
    text: `Dear reader,\n\nyour code is K7PQ2M.\n\nhttps://example.org/${'x'.repeat(120)}`,
  },
  { to: '+8613800138000', channel: 'whatsapp', code: '918273', text: '您的验证码是 918273，5 分钟内有效。', tenant: 'shop-7', provider: 'mine' },
  { to: PHONE, channel: 'voice', text: 'A message with no code in it.' },
]

test('a Chinese browser gets Chinese pages and a Chinese message', async (t) => {
  const { login, sandbox } = await servers(t)
  const page = await (await profile(t, { locale: 'zh-CN', viewport: NARROW })).newPage()
  await page.goto(login)
  assert.equal(await page.getAttribute('html', 'lang'), 'zh')
  await examine(page, 'login-phone-chinese', 'light')
  await page.getByLabel('手机号码').fill(PHONE)
  await page.getByRole('button', { name: '发送验证码' }).click()
  await page.waitForURL('**/code')
  const [message] = await messages(sandbox)
  assert.match(message.text, /验证码/)
  await examine(page, 'login-code-chinese', 'light')
  await page.getByLabel('验证码', { exact: true }).fill(otherThan(message.code))
  await page.getByRole('button', { name: '登录' }).click()
  assert.match(await page.locator('#notice').innerText(), /还可以尝试 4 次/)
  await page.getByLabel('验证码', { exact: true }).fill(message.code)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/account')
  await examine(page, 'login-account-chinese', 'light')
})

test('the language is the one that the browser prefers among ours', async (t) => {
  const { login } = await servers(t)
  const lang = async (header) => {
    const answer = await fetch(login, { headers: { 'accept-language': header } })
    return /<html lang="(\w+)"/.exec(await answer.text())[1]
  }
  const expected = {
    'zh-TW,en;q=0.5': 'zh', 'de,zh;q=0.4,en;q=0.9': 'en', 'nl;q=1, zh;q=0.1': 'zh', fr: 'en', 'zh;q=0': 'en', ';;q=x,': 'en',
  }
  for (const [header, language] of Object.entries(expected)) assert.equal(await lang(header), language, header)
})

test('the fields tell the device what they are for', async (t) => {
  const { login } = await servers(t)
  const page = await (await profile(t)).newPage()
  await page.goto(login)
  const attributes = (label, ...names) =>
    page.getByLabel(label, { exact: true }).evaluate((input, names) => names.map((name) => input.getAttribute(name)), names)
  assert.deepEqual(await attributes('Phone number', 'type', 'autocomplete'), ['tel', 'tel'])
  await askForCode(page, login)
  assert.deepEqual(await attributes('Code', 'inputmode', 'autocomplete', 'type'), ['numeric', 'one-time-code', 'text'])
})

test('at 200 % of the text size, and 320 pixels wide, nothing is cut off', async (t) => {
  const { login } = await servers(t)
  const page = await (await profile(t, { viewport: { width: 320, height: 640 } })).newPage()
  await askForCode(page, login)
  await page.waitForURL('**/code')
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'))
  await examine(page, 'login-code-large-text', 'light')
})

/** No sideways scrolling, dark where dark is wished, a name for each control, no violation; and a picture. */
async function examine(page, name, colorScheme) {
  await page.evaluate(() => document.fonts.ready)
  await picture(page, name)
  const { wide, wider, background } = await page.evaluate(() => {
    const root = document.documentElement
    const past = [...document.querySelectorAll('body *')].filter((node) => {
      const { left, right, width } = node.getBoundingClientRect()
      // What scrolls inside its own box, or is meant for ears only, sticks out of nothing.
      return width > 1 && (right > root.clientWidth + 1 || left < -1) && !node.closest('pre, .unseen')
    })
    const colors = [root, document.body].map((node) => getComputedStyle(node).backgroundColor)
    return {
      wide: root.scrollWidth - root.clientWidth,
      wider: past.map((node) => node.outerHTML.slice(0, 80)),
      background: colors.find((color) => color !== 'rgba(0, 0, 0, 0)'),
    }
  })
  assert.ok(wide <= 0, `${name} scrolls sideways by ${wide}`)
  assert.deepEqual(wider, [], `${name}: nothing sticks out`)
  const brightness = background.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3
  assert.ok(colorScheme === 'dark' ? brightness < 60 : brightness > 200, `${name} is ${colorScheme}: ${background}`)
  assert.deepEqual(await nameless(page), [], `${name}: every control has a name`)

  await page.evaluate(axe)
  const violations = await page.evaluate(async () => (await globalThis.axe.run(document)).violations
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`))
  assert.deepEqual(violations, [], name)
}

/** The accessibility tree is what a screen reader gets. */
async function nameless(page) {
  const cdp = await page.context().newCDPSession(page)
  const { nodes } = await cdp.send('Accessibility.getFullAXTree')
  await cdp.detach()
  const controls = new Set(['textbox', 'searchbox', 'button', 'link', 'heading', 'image'])
  const found = nodes.filter((node) => !node.ignored && controls.has(node.role?.value))
  assert.ok(found.length > 0, 'the tree has controls')
  return found.filter((node) => !node.name?.value?.trim()).map((node) => node.role.value)
}
