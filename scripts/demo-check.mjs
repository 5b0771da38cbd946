// Drives one login through, over HTTP, as a browser without scripts would.
//   node scripts/demo-check.mjs LOGIN_URL SANDBOX_URL
import assert from 'node:assert/strict'

const [login, sandbox] = process.argv.slice(2)
const to = '+31612345678'
const cookies = new Map()
let passed = 0

async function visit(path, form) {
  const answer = await fetch(login + path, {
    redirect: 'manual',
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), origin: login },
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  })
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    value === '' ? cookies.delete(name) : cookies.set(name, value)
  }
  return answer.status === 303 ? visit(answer.headers.get('location')) : { status: answer.status, path, text: await answer.text() }
}

async function step(sentence, work) {
  await work()
  passed += 1
  console.log(`  ${sentence}`)
}

let code
try {
  await step('the login page asks for a number', async () => {
    assert.match((await visit('/')).text, /name="phone"/)
  })
  await step('a code is sent', async () => {
    assert.equal((await visit('/start', { phone: '+31 6 1234 5678' })).path, '/code')
  })
  await step('the sandbox shows it', async () => {
    const answer = await fetch(`${sandbox}/api/messages?to=${encodeURIComponent(to)}&limit=1&wait_ms=5000`)
    code = (await answer.json()).messages[0]?.code
    assert.match(code, /^\d{6}$/)
  })
  await step('a wrong code signs nobody in', async () => {
    const wrong = code === '000000' ? '111111' : '000000'
    assert.match((await visit('/check', { code: wrong })).text, /data-kind="wrong"/)
  })
  await step('the code signs in, and the page shows the number', async () => {
    const page = await visit('/check', { code })
    assert.deepEqual([page.path, page.status], ['/account', 200])
    assert.ok(page.text.includes(to), 'the signed-in page shows the number')
  })
  console.log(`demo: ${passed} passed, 0 failed`)
} catch (error) {
  console.error(error)
  console.log(`demo: ${passed} passed, 1 failed`)
  process.exitCode = 1
}
