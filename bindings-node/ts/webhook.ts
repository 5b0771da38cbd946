import { types } from 'node:util'
import { invalidInput, OtpkitError } from './error.js'
import { kind, shown, text } from './request.js'

/** A vendor's request as the addon takes it. */
export interface Webhook {
  method: string
  url: string
  /** Names and values in turn. */
  headers: string[]
  body: string | Uint8Array | undefined
}

const TAKES = ['method', 'url', 'headers', 'body']

/** Reads a request; throws `invalid_input` naming the field. */
export function readWebhook(request: unknown): Webhook {
  try {
    return readFields(request)
  } catch (error) {
    if (error instanceof OtpkitError) throw error
    throw invalidInput('request', 'the fields of this `webhook` could not be read', { cause: error })
  }
}

function readFields(request: unknown): Webhook {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw invalidInput('request', `\`webhook\` takes an object with ${TAKES.join(', ')}; this is ${kind(request)}`)
  }
  for (const name of Object.keys(request)) {
    if (TAKES.includes(name)) continue
    // A whole request of some framework would be read in part only, and perhaps the wrong part.
    throw invalidInput(shown(name), `\`webhook\` has no such field; it takes ${TAKES.join(', ')}`)
  }
  const { method, url, headers, body } = request as Record<string, unknown>
  return {
    method: needed('method', method),
    url: needed('url', url),
    headers: headers === undefined ? [] : flat(headers),
    body: body === undefined ? undefined : bytes(body),
  }
}

function needed(name: string, value: unknown): string {
  if (value === undefined) throw invalidInput(name, '`webhook` needs this field, as a string')
  return text(name, value)
}

/** An object of strings or of lists of strings, or pairs. */
function flat(headers: unknown): string[] {
  const wrong = 'headers are an object of strings or of lists of strings, or pairs such as those of Headers'
  if (typeof headers !== 'object' || headers === null) throw invalidInput('headers', `${wrong}; this is ${kind(headers)}`)
  const pairs = Symbol.iterator in headers ? (headers as Iterable<unknown>) : Object.entries(headers)
  const found: string[] = []
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw invalidInput('headers', `${wrong}; this holds ${kind(pair)}`)
    const [name, value] = pair as [unknown, unknown]
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one !== 'string') throw invalidInput('headers', `${wrong}; one of them is ${kind(one)}`)
      found.push(text('headers', name), text('headers', one))
    }
  }
  return found
}

function bytes(body: unknown): string | Uint8Array {
  if (typeof body === 'string') return text('body', body)
  if (types.isUint8Array(body)) {
    // A copy: shared memory could change while it is read.
    return new Uint8Array(body)
  }
  const hint = typeof body === 'object' ? '; give the raw body, before it was parsed' : ''
  throw invalidInput('body', `a body is a string or a Uint8Array; this is ${kind(body)}${hint}`)
}
