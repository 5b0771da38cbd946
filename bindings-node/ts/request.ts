import { types } from 'node:util'
import { invalidInput, OtpkitError } from './error.js'
import type { CallOptions } from './types.js'

/**
 * The edge of the host: only primitive strings pass (a context may also be bytes), each field is read once, and what
 * a getter or proxy throws becomes a refusal. What a string must look like is the core's business.
 */

/** Every field that any verb has. */
export interface Fields {
  to: string | undefined
  id: string | undefined
  code: string | undefined
  purpose: string | undefined
  channel: string | undefined
  ip: string | undefined
  context: string | Uint8Array | undefined
  locale: string | undefined
  /** As JSON. */
  values: string | undefined
}

/** A verb: its name, the fields that it needs, and all that it takes. */
export interface Verb {
  name: string
  needs: readonly (keyof Fields)[]
  takes: ReadonlySet<string>
}

function verb(name: string, needs: (keyof Fields)[], may: (keyof Fields)[]): Verb {
  return { name, needs, takes: new Set<string>([...needs, ...may]) }
}

export const START = verb('start', ['to'], ['purpose', 'channel', 'ip', 'context', 'locale', 'values'])
export const CHECK = verb('check', ['id', 'code'], ['purpose', 'to', 'context'])
export const RESEND = verb('resend', ['id'], ['purpose', 'to'])
export const CANCEL = verb('cancel', ['id'], ['purpose', 'to'])
export const STATUS = verb('status', ['id'], ['purpose', 'to'])
export const DELIVER = verb('deliver', ['to', 'code'], ['purpose', 'channel', 'ip', 'locale', 'values'])
export const UNLOCK = verb('unlock', ['to'], ['purpose'])

/** Reads a request; throws `invalid_input` naming the field. */
export function read(verb: Verb, request: unknown): Fields {
  try {
    return readFields(verb, request)
  } catch (error) {
    if (error instanceof OtpkitError) throw error
    // A getter or a proxy of the request threw; what it threw may be anything, so it is only kept as the cause.
    throw invalidInput('request', `the fields of this \`${verb.name}\` could not be read`, { cause: error })
  }
}

function readFields(verb: Verb, request: unknown): Fields {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw invalidInput('request', `\`${verb.name}\` takes an object with ${list(verb)}; this is ${kind(request)}`)
  }
  const fields: Fields = {
    to: undefined,
    id: undefined,
    code: undefined,
    purpose: undefined,
    channel: undefined,
    ip: undefined,
    context: undefined,
    locale: undefined,
    values: undefined,
  }
  // Own fields only: what somebody put on Object.prototype is not part of a request.
  for (const name of Object.keys(request)) {
    const value = (request as Record<string, unknown>)[name]
    if (value === undefined) continue
    if (!verb.takes.has(name)) {
      throw invalidInput(shown(name), `\`${verb.name}\` has no such field; it takes ${list(verb)}`)
    }
    if (name === 'values') fields.values = values(value)
    else if (name === 'context') fields.context = context(value)
    else fields[name as Exclude<keyof Fields, 'context'>] = text(name, value)
  }
  for (const name of verb.needs) {
    if (fields[name] === undefined) throw invalidInput(name, `\`${verb.name}\` needs this field, as a string`)
  }
  return fields
}

/** A primitive string that is well-formed Unicode: a lone surrogate has no UTF-8, so two texts could become one. */
export function text(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    const hint = typeof value === 'number' ? '; a number loses leading zeros' : ''
    throw invalidInput(name, `this field is a string; this is ${kind(value)}${hint}`)
  }
  if (!value.isWellFormed()) throw invalidInput(name, 'this text has a lone surrogate, which is not Unicode')
  return value
}

function context(value: unknown): string | Uint8Array {
  if (typeof value === 'string') return text('context', value)
  if (!types.isUint8Array(value)) {
    throw invalidInput('context', `a context is a string or a Uint8Array; this is ${kind(value)}`)
  }
  // A copy: shared memory could change while it is read.
  return new Uint8Array(value)
}

function values(value: unknown): string {
  const wrong = 'values is an object of strings'
  if (typeof value !== 'object' || value === null || !isPlain(value)) {
    throw invalidInput('values', `${wrong}; this is ${kind(value)}`)
  }
  const copy = Object.create(null) as Record<string, string>
  for (const name of Object.keys(value)) {
    const entry = (value as Record<string, unknown>)[name]
    if (entry === undefined) continue
    if (typeof entry !== 'string') throw invalidInput('values', `${wrong}; one of them is ${kind(entry)}`)
    copy[text('values', name)] = text('values', entry)
  }
  return JSON.stringify(copy)
}

/** Whether this is an object literal, of this realm or another one, and not of a class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // `Object.prototype` has no prototype of its own, in any realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The signal of a call's options. */
export function signalOf(options: CallOptions | undefined): AbortSignal | undefined {
  if (options === undefined) return undefined
  let signal: unknown
  try {
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw invalidInput('options', `the second argument is { signal }; this is ${kind(options)}`)
    }
    for (const name of Object.keys(options)) {
      if (name !== 'signal') throw invalidInput(shown(name), 'there is no such option; there is `signal`')
    }
    signal = options.signal
    if (signal === undefined) return undefined
    const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>
    if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return signal as AbortSignal
  } catch (error) {
    if (error instanceof OtpkitError) throw error
    throw invalidInput('options', 'the options of this call could not be read', { cause: error })
  }
  throw invalidInput('signal', `a signal is an AbortSignal; this is ${kind(signal)}`)
}

/** What a value is, without ever showing it: it may be a code. */
export function kind(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  return value === undefined ? 'nothing' : `a ${typeof value}`
}

function list(verb: Verb): string {
  return [...verb.takes].join(', ')
}

/** A name that somebody typed, for a message. */
export function shown(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '').slice(0, 40)
}
