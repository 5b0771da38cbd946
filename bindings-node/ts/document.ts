import { invalidSettings, OtpkitError } from './error.js'
import { native } from './native.js'
import { methods } from './provider.js'
import type { Message, Method } from './provider.js'
import { camelCase } from './reply.js'
import { isPlain, kind } from './request.js'
import type { OtpkitEvent } from './types.js'

/**
 * Settings become one JSON document in snake_case; what is alive (providers with methods, `onEvent`) is taken out of
 * it. Names are converted by the schema of the core: known properties only. Names that users chose stay as they are,
 * and so does a name that the schema does not know, so that the core's refusal shows it as it was typed.
 */

type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** The part of JSON Schema that the schema of the settings uses. */
interface Schema {
  $ref?: string
  $defs?: Record<string, Schema>
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
}

type Methods = Record<Method, (message: Message) => unknown>

export interface SettingsDocument {
  json: string
  /** What the addon has to know of each live provider, as JSON. */
  live: string
  providers: Methods[]
  onEvent: ((event: OtpkitEvent) => unknown) | undefined
  /** The same error with its path as a JavaScript user writes it. */
  userPath: (error: OtpkitError) => OtpkitError
}

/** Deeper than any setting lies; ends what refers to itself. */
const DEEPEST = 12

let known: Schema | undefined

function root(): Schema {
  known ??= JSON.parse(native.settingsSchema()) as Schema
  return known
}

export function document(settings: unknown): SettingsDocument {
  try {
    return read(settings === undefined ? {} : settings)
  } catch (error) {
    if (error instanceof OtpkitError) throw error
    throw invalidSettings('settings', 'the settings could not be read', { cause: error })
  }
}

function read(settings: unknown): SettingsDocument {
  if (!isObject(settings)) throw invalidSettings('settings', `settings are an object; this is ${kind(settings)}`)
  const { onEvent, providers, ...data } = settings
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw invalidSettings('onEvent', `this is a function; this is ${kind(onEvent)}`)
  }
  const live: Methods[] = []
  const about: Json[] = []
  if (isObject(providers)) {
    const placed: Record<string, unknown> = {}
    for (const [name, provider] of Object.entries(providers)) {
      const methods = methodsOf(name, provider)
      if (methods === undefined) {
        define(placed, name, provider)
        continue
      }
      const options = optionsOf(name, provider as Record<string, unknown>)
      const { onError, timeoutMs, reportsOf, signingKey } = options
      define(placed, name, { type: 'callback', onError, timeoutMs, reportsOf, signingKey })
      live.push(methods.call)
      about.push({
        name,
        verifier: methods.verifier,
        // A word that the core does not know is refused by the document, with its path.
        on_error: options.onError === 'not_sent' ? 'not_sent' : 'ambiguous',
        resends: methods.resends,
        cancels: methods.cancels,
        checks_by_recipient: options.checksByRecipient,
      })
    }
    define(data, 'providers', placed)
  } else if (providers !== undefined) {
    throw invalidSettings('providers', `providers are an object, each under its name; this is ${kind(providers)}`)
  }
  const json = convert(data, root(), '', 0)
  return {
    json: JSON.stringify(json),
    live: JSON.stringify(about),
    providers: live,
    onEvent: onEvent as SettingsDocument['onEvent'],
    userPath: (error) => withUserPath(error, json),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sets a property whatever its name is (`__proto__` too). */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

interface Found {
  call: Methods
  verifier: boolean
  resends: boolean
  cancels: boolean
}

/** The methods of a live provider; nothing for settings as data. */
function methodsOf(name: string, provider: unknown): Found | undefined {
  if (provider === null || (typeof provider !== 'object' && typeof provider !== 'function')) return undefined
  const path = `providers.${name}`
  const live = provider as Methods & { prototype?: Partial<Methods> }
  const has = (method: Method, of: Partial<Methods> = live) => typeof of[method] === 'function'
  const { sends, creates, checks } = { sends: has('send'), creates: has('create'), checks: has('check') }
  if (!sends && !creates && !checks) {
    if (typeof provider !== 'function') return undefined
    const isClass = isObject(live.prototype) && (has('send', live.prototype) || has('create', live.prototype))
    throw invalidSettings(path, isClass ? 'this is a class; pass an instance of it' : 'a provider is an object, not a function')
  }
  if (sends && (creates || checks)) {
    throw invalidSettings(path, 'a provider with `send` is a sender, one with `create` and `check` a verifier; this has both')
  }
  if (!sends && !(creates && checks)) {
    throw invalidSettings(path, `a verifier has \`create\` and \`check\`; this has no \`${creates ? 'check' : 'create'}\``)
  }
  const call = {} as Methods
  // Methods are looked up at each call, as everywhere in JavaScript.
  for (const method of methods) call[method] = (message) => live[method](message)
  return { call, verifier: !sends, resends: has('resend'), cancels: has('cancel') }
}

interface Options {
  onError: unknown
  timeoutMs: unknown
  reportsOf: unknown
  signingKey: unknown
  checksByRecipient: boolean
}

function optionsOf(name: string, provider: Record<string, unknown>): Options {
  const { onError, timeoutMs, reportsOf, signingKey, checksByRecipient = false } = provider
  if (typeof checksByRecipient !== 'boolean') {
    throw invalidSettings(`providers.${name}.checksByRecipient`, `this is true or false; this is ${kind(checksByRecipient)}`)
  }
  return { onError, timeoutMs, reportsOf, signingKey, checksByRecipient }
}

function convert(value: unknown, schema: Schema | undefined, path: string, depth: number): Json {
  const here = path === '' ? 'settings' : path
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw invalidSettings(here, 'this text has a lone surrogate, which is not Unicode')
      return value
    case 'number':
      if (!Number.isFinite(value)) throw invalidSettings(here, 'this number is not finite')
      return value
    case 'boolean':
      return value
    case 'object':
      break
    default:
      throw invalidSettings(here, `a setting is a text, number, boolean, array or object; this is ${kind(value)}`)
  }
  if (value === null) return null
  if (depth >= DEEPEST) throw invalidSettings(here, 'settings do not lie this deep; does an object contain itself?')
  if (Array.isArray(value)) {
    return Array.from(value, (entry: unknown, at) => convert(entry, items(schema), `${path}[${at}]`, depth + 1))
  }
  if (!isPlain(value)) throw invalidSettings(here, 'a setting is plain data; this is an object of a class')
  const names = properties(schema)
  const named = Object.create(null) as { [name: string]: Json }
  for (const [name, entry] of Object.entries(value)) {
    if (entry === undefined) continue
    const at = path === '' ? name : `${path}.${name}`
    const property = names.get(name)
    const wire = property?.wire ?? name
    if (wire in named) throw invalidSettings(at, 'this setting stands twice, in two spellings')
    named[wire] = convert(entry, property?.schema ?? others(schema), at, depth + 1)
  }
  return named
}

/** The schema with what it refers to and what it may be instead. */
function* alternatives(schema: Schema | undefined): Generator<Schema> {
  if (schema === undefined) return
  yield schema
  const referred = schema.$ref?.replace('#/$defs/', '')
  if (referred !== undefined) yield* alternatives(root().$defs?.[referred])
  for (const other of schema.anyOf ?? []) yield* alternatives(other)
}

function properties(schema: Schema | undefined): Map<string, { wire: string; schema: Schema }> {
  const found = new Map<string, { wire: string; schema: Schema }>()
  for (const one of alternatives(schema)) {
    for (const [wire, of] of Object.entries(one.properties ?? {})) found.set(camelCase(wire), { wire, schema: of })
  }
  return found
}

function items(schema: Schema | undefined): Schema | undefined {
  for (const one of alternatives(schema)) if (one.items !== undefined) return one.items
  return undefined
}

function others(schema: Schema | undefined): Schema | undefined {
  for (const one of alternatives(schema)) if (typeof one.additionalProperties === 'object') return one.additionalProperties
  return undefined
}

/** `policy.ttl_seconds` becomes `policy.ttlSeconds`; names that the user chose are found in the document itself. */
function withUserPath(error: OtpkitError, json: Json): OtpkitError {
  if (error.field === undefined) return error
  let [rest, path] = [error.field, '']
  let schema: Schema | undefined = root()
  let value: Json | undefined = json
  while (rest !== '') {
    const index: RegExpExecArray | null = /^\[(\d+)\]/.exec(rest)
    if (index !== null) {
      path += index[0]
      rest = rest.slice(index[0].length)
      schema = items(schema)
      value = Array.isArray(value) ? value[Number(index[1])] : undefined
      continue
    }
    if (path !== '') rest = rest.replace(/^\./, '')
    // Names may hold points, so the longest name of the document that fits is the one.
    const names: string[] = isObject(value) ? Object.keys(value) : []
    const fits = names.filter((name) => rest === name || rest.startsWith(`${name}.`) || rest.startsWith(`${name}[`))
    const name: string = fits.sort((a, b) => b.length - a.length)[0] ?? /^[^.[]*/.exec(rest)![0]
    if (name === '') break
    const property: [string, { schema: Schema }] | undefined = [...properties(schema)].find(([, { wire }]) => wire === name)
    path += (path === '' ? '' : '.') + (property?.[0] ?? name)
    schema = property?.[1].schema ?? others(schema)
    value = isObject(value) ? (value as Record<string, Json>)[name] : undefined
    rest = rest.slice(name.length)
  }
  const field = path + rest
  const sentence = error.message.startsWith(error.field) ? field + error.message.slice(error.field.length) : error.message
  return new OtpkitError(error.code, sentence.replace(/`(\w+)`/g, spokenName), { field })
}

/** A setting that a sentence of the core mentions. */
function spokenName(quoted: string, name: string): string {
  const everywhere = [root(), ...Object.values(root().$defs ?? {})]
  return everywhere.some(({ properties }) => properties !== undefined && name in properties) ? `\`${camelCase(name)}\`` : quoted
}
