// G17 through Node: marked recipients, codes, keys and secrets go through calls that succeed and calls that fail, and nothing that
// JavaScript can print, serialise, log or find on disk shows them.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { Otpkit, OtpkitError } from 'otpkit'
import { native, testFolder } from './support.mjs'

const key = 'canarykey0123456789abcdef0123456'
const token = 'c0ffee0123456789abcdef0123456789'
const secret = 'canary-secret-0123456789abcdef-0123456789'
const to = '+31612345678'
const mailbox = 'canary.mailbox@example.com'
const value = 'Canary Name'

/** The ways in which a mark could be written; in base64 it looks different at each of three places of a longer text. */
const spellings = (mark) => {
  const bytes = Buffer.from(mark)
  const hex = bytes.toString('hex')
  const inBase64 = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes.subarray(0, bytes.length - ((bytes.length + before) % 3))])
    return whole.toString('base64').slice(before === 0 ? 0 : 4)
  })
  return [mark, mark.toUpperCase(), hex, hex.toUpperCase(), ...inBase64, ...inBase64.map((text) => text.replace(/\+/g, '-').replace(/\//g, '_')), encodeURIComponent(mark)]
}
const holds = (text, marks) => marks.filter((mark) => spellings(mark).some((spelling) => text.includes(spelling)))

/** Everything that JavaScript shows of a thing. */
function shown(thing) {
  const said = [inspect(thing, { depth: null, showHidden: true, getters: true }), inspect([{ thing }], { depth: null }), String(thing)]
  try {
    said.push(JSON.stringify(thing) ?? '')
  } catch (error) {
    said.push(inspect(error))
  }
  if (thing instanceof Error) said.push(thing.stack, inspect(thing.cause))
  return said.join('\n')
}

class Told {
  texts = []
  codes = []

  async either(call) {
    try {
      this.texts.push(shown(await call()))
    } catch (error) {
      if (!(error instanceof OtpkitError)) throw error
      this.texts.push(shown(error))
      return error
    }
  }

  async failed(call) {
    assert.ok(await this.either(call), 'this call was to fail')
  }

  send = (message) => {
    this.codes.push(message.code)
    this.texts.push(shown(message))
  }
}

async function drive(told, store, sandbox) {
  const settings = { secrets: [secret], store, policy: { resendAfterSeconds: [0], length: 10 }, onEvent: (event) => told.texts.push(shown(event)) }
  const otp = new Otpkit({ ...settings, providers: { mine: { send: told.send } } })
  told.texts.push(shown(otp))
  const started = await otp.start({ to, purpose: 'login', values: { name: value } })
  told.texts.push(shown(started))
  const { id } = started
  const code = told.codes.at(-1)
  for (const bad of [`${to}x`, '0031 6-12345678', `${mailbox}\0`]) {
    await told.failed(() => otp.start({ to: bad }))
    await told.failed(() => otp.unlock({ to: bad }))
  }
  await told.failed(() => otp.check({ id: 'no-id', code }))
  await told.failed(() => otp.check({ id, code: `${code.slice(0, 5)} ${code.slice(5)}` }))
  await told.failed(() => otp.check({ id, code: Number(code) }))
  await told.either(() => otp.status({ id }))
  await told.either(() => otp.check({ id, code: [...code].reverse().join(''), purpose: 'login' }))
  await told.either(() => otp.resend({ id, purpose: 'login' }))
  await told.either(() => otp.deliver({ to: mailbox, channel: 'email', code }))

  const down = new Otpkit({ ...settings, providers: { mine: { send: (message) => { told.send(message); throw new Error(`down for ${to}, ${encodeURIComponent(message.to)}: ${message.code}`) } } } })
  await told.either(() => down.start({ to, purpose: 'other' }))
  await told.either(() => down.deliver({ to: mailbox, channel: 'email', code }))

  const vendors = {
    twilio: { type: 'twilio-verify', accountSid: `AC${'0'.repeat(32)}`, authToken: token, serviceSid: `VA${'0'.repeat(32)}` },
    bird: { type: 'messagebird-sms', accessKey: key, originator: 'Acme', signingKey: secret },
  }
  for (const [name, provider] of Object.entries(vendors)) {
    const there = new Otpkit({ ...settings, providers: { [name]: { ...provider, baseUrl: sandbox, allowPrivate: true } } })
    told.texts.push(shown(there))
    // Special numbers of the sandbox: refused, limited, broken, a page, cut off.
    for (const last of ['0001', '0008', '0012', '0013', '0014']) await told.either(() => there.start({ to: `+1500555${last}` }))
    const request = { method: 'POST', url: 'https://example.com/x', headers: { 'MessageBird-Signature': key }, body: to }
    await told.failed(() => there.webhook(name, request))
  }

  const { twilio } = vendors
  for (const wrong of [
    { providers: { t: { ...twilio, authToken: `${token}\n` } } },
    { providers: { t: { ...twilio, baseUrl: `http://user:${token}@10.0.0.1/` } } },
    { providers: { t: { ...twilio, autToken: token } } },
    { secrets: [secret.slice(0, 8)], providers: { mine: { send: told.send } } },
  ]) {
    await told.failed(async () => new Otpkit({ ...settings, ...wrong }))
  }
}

for (const kind of ['memory', 'sqlite']) {
  test(`nothing that JavaScript shows holds a mark (${kind})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'otpkit-canary-'))
    const server = spawn(process.env.OTPKIT_SANDBOX, ['--listen', '127.0.0.1:0', '--exit-with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const told = new Told()
    try {
      const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
      const url = /http:\/\/\S+/.exec((await lines.next()).value)[0]
      native.trace()
      await drive(told, kind === 'memory' ? 'memory:' : `sqlite:${join(folder, 'canary.db')}`, url)
      const marks = [key, token, secret, to, to.slice(3), mailbox, 'canary.mailbox', value, ...told.codes]
      assert.ok(told.codes.length >= 3 && told.texts.length > 40, `${told.codes.length} codes, ${told.texts.length} texts`)
      for (const text of told.texts) assert.deepEqual(holds(text, marks), [], text)
      // What a log of Rust gets at its finest level, from all that is inside; that the calls are in it shows that it is one.
      const trace = native.trace()
      for (const said of ['+31*******78', 'reqwest']) assert.ok(trace.includes(said), said)
      assert.deepEqual(holds(trace, marks), [], trace)
      const files = readdirSync(folder)
      assert.equal(files.length > 0, kind === 'sqlite')
      for (const file of files) assert.deepEqual(holds(readFileSync(join(folder, file), 'latin1'), marks), [], file)
      // The test of the test: where a mark is, it is found.
      assert.ok(holds(inspect(told.codes), marks).length > 0 && holds(Buffer.from(to).toString('hex'), marks).length > 0)
      for (const user of ['a', 'ab', 'abc']) assert.ok(holds(Buffer.from(`${user}:${token}`).toString('base64'), marks).includes(token))
    } finally {
      server.stdin.end()
      rmSync(folder, { recursive: true })
    }
  })
}

test('a crash and what it prints hold no mark', async () => {
  const environment = { ...process.env, RUST_BACKTRACE: 'full', SECRET: secret, TO: to }
  const { error, stdout, stderr } = await new Promise((resolve) => {
    const options = { cwd: testFolder, env: environment, maxBuffer: 64 << 20 }
    execFile(process.execPath, [join('children', 'canary.mjs')], options, (error, stdout, stderr) => resolve({ error, stdout, stderr }))
  })
  assert.equal(error?.code, 1)
  assert.match(stderr, /invalid_input/)
  const code = /^code:(\d{10})$/m.exec(stdout)[1]
  assert.deepEqual(holds(stderr, [secret, code, to.slice(1)]), [])
})
