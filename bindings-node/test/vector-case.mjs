// One case of tests/vectors/*.json. What a step may hold is described in tests/vectors/README.md; a key that is not
// known here fails the case.
import assert from 'node:assert/strict'
import { Otpkit } from 'otpkit'
import { native, wrong } from './support.mjs'

const START = Date.parse('2026-01-01T00:00:00.000Z')
const LONG = '1'.repeat(10 * 1024 * 1024)

export async function runCase(one, mode) {
  refuseUnknown('case', one, ['name', 'about', 'settings', 'providers', 'build_error', 'steps'])
  native.useTestClock(START)
  const state = { vars: new Map([['long', LONG]]), asked: {}, last: {}, lastCheck: {}, outboxes: new Map() }
  const settings = camelSettings(one.settings ?? {})
  for (const [name, provider] of Object.entries(settings.providers ?? {})) {
    if (provider?.type === 'outbox') state.outboxes.set(name, 0)
  }
  for (const [name, script] of Object.entries(one.providers ?? {})) {
    const { type, ...options } = settings.providers?.[name] ?? {}
    assert.ok(type === undefined || type === 'callback', `the settings of ${name} are not those of a callback`)
    settings.providers = { ...settings.providers, [name]: { ...options, ...scripted(name, script, mode, state) } }
  }
  const built = await attempt(() => new Otpkit(settings))
  if (one.build_error) return compareError(built, one.build_error, [], 'build')
  if (built.error) throw new Error(`the client was not built: ${built.error.stack}`)
  for (const [at, step] of (one.steps ?? []).entries()) {
    for (let time = 1; time <= (step.repeat ?? 1); time++) {
      await take(built.value, step, state, `step ${at + 1}${step.repeat ? `.${time}` : ''}`)
    }
  }
}

const beside = ['call', 'with', 'save', 'reply', 'error', 'absent', 'repeat', 'about']
const alone = ['advance_ms', 'sent', 'remember', 'last_message', 'last_check', 'asked', 'about']

async function take(otp, step, state, where) {
  refuseUnknown(where, step, step.call === undefined ? alone : beside)
  if (step.call !== undefined) return call(otp, step, state, where)
  if (step.advance_ms !== undefined) native.advanceTestClock(step.advance_ms)
  for (const [name, value] of Object.entries(step.remember ?? {})) state.vars.set(name, expand(value, state))
  for (const [name, times] of Object.entries(step.sent ?? {})) {
    const { send = 0, create = 0, resend = 0 } = state.asked[name] ?? {}
    assert.equal(send + create + resend, times, `${where}: sends of ${name}`)
  }
  for (const [name, counts] of Object.entries(step.asked ?? {})) {
    for (const [method, times] of Object.entries(counts)) {
      assert.equal(state.asked[name]?.[method] ?? 0, times, `${where}: calls of ${name}.${method}`)
    }
  }
  for (const [name, expected] of Object.entries(step.last_message ?? {})) {
    compareMessage(state.last[name], expand(expected, state), `${where}: last message of ${name}`)
  }
  for (const [name, expected] of Object.entries(step.last_check ?? {})) {
    compareMessage(state.lastCheck[name], expand(expected, state), `${where}: last check of ${name}`)
  }
}

async function call(otp, step, state, where) {
  const asked = expand(step.with, state)
  const result = await attempt(() => (step.call === 'webhook' ? report(otp, asked) : otp[step.call](asked)))
  noteOutboxes(otp, state)
  if (step.error) return compareError(result, expand(step.error, state), step.absent ?? [], where)
  if (result.error) throw new Error(`${where}: ${step.call} failed: ${result.error.stack}`)
  const reply = snake(result.value)
  for (const [name, value] of Object.entries(expand(step.reply ?? {}, state))) {
    assert.deepEqual(reply[name], value, `${where}: ${name} in ${JSON.stringify(reply)}`)
  }
  for (const name of step.absent ?? []) assert.ok(!(name in reply), `${where}: ${name} must be absent`)
  for (const [name, field] of Object.entries(step.save ?? {})) state.vars.set(name, reply[field])
}

/** Half of the reports come as Node has them, half as a fetch handler has them. */
let reports = 0
function report(otp, { provider, headers, body, ...request }) {
  reports++
  const native = { ...request, headers, body: body === undefined ? undefined : Buffer.from(body) }
  const fetched = { ...request, headers: headers && new Headers(headers), body }
  return otp.webhook(provider, reports % 2 === 0 ? native : fetched)
}

/** What came of it: `{ value }` or `{ error }`. */
async function attempt(act) {
  try {
    return { value: await act() }
  } catch (error) {
    return { error }
  }
}

function compareError({ error }, expected, absent, where) {
  if (!error) throw new Error(`${where}: ${expected.code} was expected, but it succeeded`)
  assert.equal(error.name, 'OtpkitError', `${where}: ${error.stack}`)
  const shown = { code: error.code, field: error.field && snakeName(error.field), retry_after_ms: error.retryAfterMs }
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual(shown[name], value, `${where}: ${name} in ${JSON.stringify(shown)} (${error.message})`)
  }
  for (const name of absent) assert.equal(shown[name], undefined, `${where}: ${name} must be absent`)
}

function compareMessage(message, expected, where) {
  assert.ok(message, `${where}: there is none`)
  const shown = snake(message)
  for (const [name, value] of Object.entries(expected)) {
    if (name === 'code_length') assert.equal(shown.code.length, value, where)
    else if (name === 'code_in') assert.ok([...shown.code].every((character) => value.includes(character)), `${where}: ${shown.code}`)
    else assert.deepEqual(shown[name] ?? null, value, `${where}: ${name} in ${JSON.stringify(shown)}`)
  }
}

/** A provider of the host that follows its script. */
function scripted(name, script, mode, state) {
  refuseUnknown(`provider ${name}`, script, ['kind', 'send', 'create', 'check', 'resend', 'cancel', 'checks_by_recipient'])
  const play = (method, entries, otherwise) => {
    const left = [...(entries ?? [])]
    const answer = (message) => {
      const asked = (state.asked[name] ??= {})
      asked[method] = (asked[method] ?? 0) + 1
      if (method === 'check') state.lastCheck[name] = { ...message }
      else if (method !== 'cancel') state.last[name] = { ...message }
      if (method === 'send') state.vars.set('code', message.code)
      const entry = left.length > 1 ? left.shift() : left[0]
      if (entry === undefined) return otherwise
      refuseUnknown(`script of ${name}`, entry, ['throws', 'nonsense', 'never', 'result', 'reference', 'retry_after_ms', 'reason'])
      if (entry.throws) throw new Error('the script says so')
      if (entry.nonsense) return 42
      if (entry.never) return new Promise(() => {})
      return camelKeys(entry)
    }
    return mode === 'sync' ? answer : async (message) => answer(message)
  }
  if (script.kind === 'sender') return { send: play('send', script.send, undefined) }
  assert.equal(script.kind, 'verifier')
  return {
    create: play('create', script.create, 'ref'),
    check: play('check', script.check, true),
    ...(script.resend && { resend: play('resend', script.resend, 'ref') }),
    ...(script.cancel && { cancel: play('cancel', script.cancel, undefined) }),
    ...(script.checks_by_recipient !== undefined && { checksByRecipient: script.checks_by_recipient }),
  }
}

function noteOutboxes(otp, state) {
  for (const [name, seen] of state.outboxes) {
    const messages = otp.outbox(name).messages()
    const last = messages.at(-1)
    if (messages.length > seen) {
      state.vars.set('code', last.code)
      state.asked[name] = { send: (state.asked[name]?.send ?? 0) + messages.length - seen }
      state.last[name] = last
    }
    state.outboxes.set(name, messages.length)
  }
}

function expand(value, state) {
  if (Array.isArray(value)) return value.map((entry) => expand(entry, state))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, expand(entry, state)]))
  }
  if (typeof value !== 'string') return value
  if (/^\$[a-z][a-z0-9_]*(:[0-9]+)?$/.test(value)) return variable(value.slice(1), state)
  return value.replace(/\$\{([a-z][a-z0-9_]*(?::[0-9]+)?)\}/g, (_, name) => variable(name, state))
}

function variable(name, state) {
  const other = /^wrong(?::(\d+))?$/.exec(name)
  // Where no code was made here (a verifier makes its own), any code is as wrong as another.
  if (other) return wrong(state.vars.get('code') ?? '000000', Number(other[1] ?? 1))
  assert.ok(state.vars.has(name), `nothing was saved as ${name}`)
  return state.vars.get(name)
}

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
const camelKeys = (from) => Object.fromEntries(Object.entries(from).map(([name, value]) => [camel(name), value]))
const snakeName = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const snakeValue = (value) => (value instanceof Date ? value.toISOString() : Array.isArray(value) ? value.map(snake) : value)
const snake = (reply) => Object.fromEntries(Object.entries(reply).map(([name, value]) => [snakeName(name), snakeValue(value)]))

/** Settings as a JavaScript user writes them; names that users choose stay. */
function camelSettings(from, chosen = false) {
  if (Array.isArray(from)) return from.map((entry) => camelSettings(entry))
  if (typeof from !== 'object' || from === null) return from
  const entries = Object.entries(from).map(([name, value]) => {
    const inner = ['providers', 'purposes', 'templates'].includes(name) && !chosen
    return [chosen ? name : camel(name), camelSettings(value, inner)]
  })
  return Object.fromEntries(entries)
}

function refuseUnknown(where, from, known) {
  for (const name of Object.keys(from)) assert.ok(known.includes(name), `${where}: the runner does not know \`${name}\``)
}
