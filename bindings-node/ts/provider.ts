import { kind } from './request.js'

/** Providers that the host brings: plain objects or instances of classes, with methods that are sync or async. */

/** What a provider has to deliver. `signal` is not copied by a spread. */
export interface ProviderMessage {
  /** The phone number in E.164, or the e-mail address. */
  readonly to: string
  readonly channel: string
  readonly purpose: string
  readonly tenant: string
  readonly locale: string | undefined
  readonly values: Readonly<Record<string, string>>
  /** How long the code lives. */
  readonly ttlMs: number
  /** Stable over repeats of the same send, for gateways that take such a key. */
  readonly idempotencyKey: string
  /** How long the provider may take. Later answers are dropped. */
  readonly deadlineMs: number
  /** Aborts when nobody waits for the answer any more: at the deadline, or when the caller gave up. */
  readonly signal: AbortSignal
}

/** What a sender gets. */
export interface SendMessage extends ProviderMessage {
  readonly code: string
  /** The rendered text; it holds the code. */
  readonly text: string
}

/** What a verifier's `resend` and `cancel` get. */
export interface ReferencedMessage extends ProviderMessage {
  /** What `create` returned. */
  readonly reference: string
}

/** What a verifier's `check` gets. */
export interface VerifierCheckMessage extends ReferencedMessage {
  /** What the person typed. */
  readonly code: string
}

interface Refusal {
  /**
   * `not_sent`: nothing was sent, the next provider of the route may be tried. `rejected`: refused for good.
   * `limited`: no more for now. `ambiguous`: it may have been sent, and is not sent again.
   */
  result: 'not_sent' | 'rejected' | 'limited' | 'ambiguous'
  /** For `limited`. */
  retryAfterMs?: number | undefined
  /** For the operator, in events. It must not hold the code or the recipient. */
  reason?: string | undefined
}

/** The answer of `send`: nothing or `true` for sent. */
export type SendOutcome = void | undefined | null | true | { result: 'sent'; reference?: string | undefined } | Refusal
/** The answer of `create` and of a verifier's `resend`: the reference, which only one that `checksByRecipient` may leave out. */
export type CreateOutcome = string | { result: 'created'; reference?: string | undefined } | { reference: string } | Refusal
/** The answer of a verifier's `check`. Anything that is not understood counts as *cannot tell*. */
export type CheckOutcome = boolean | { result: 'approved' | 'wrong' | 'ended' | 'cannot_tell'; reason?: string | undefined }

/** Settings that a provider object may carry. */
export interface ProviderOptions {
  /** What an exception means. Default `ambiguous`; `not_sent` lets the next provider of the route be tried. */
  readonly onError?: 'ambiguous' | 'not_sent' | undefined
  /** The longest time of one call of it. Default: what is left of the call's deadline. */
  readonly timeoutMs?: number | undefined
  /** Whose delivery reports it gets, of the vendor behind it: `webhook` reads them. Default: none. */
  readonly reportsOf?: 'messagebird' | 'twilio' | undefined
  /** The key by which that vendor signs them. */
  readonly signingKey?: string | undefined
}

/** Delivers a code that otpkit made. */
export interface Sender extends ProviderOptions {
  send(message: SendMessage): SendOutcome | PromiseLike<SendOutcome>
}

/** Makes, sends and checks a code of its own. */
export interface Verifier extends ProviderOptions {
  create(message: ProviderMessage): CreateOutcome | PromiseLike<CreateOutcome>
  check(message: VerifierCheckMessage): CheckOutcome | PromiseLike<CheckOutcome>
  /** Default: another `create`. */
  resend?(message: ReferencedMessage): CreateOutcome | PromiseLike<CreateOutcome>
  /** Default: nothing is told. */
  cancel?(message: ReferencedMessage): unknown
  /** Whether `check` needs no reference: then a verification stays checkable although `create` never answered. */
  readonly checksByRecipient?: boolean | undefined
}

/** In the order of the numbers in `callback.rs`. */
export const methods = ['send', 'create', 'check', 'resend', 'cancel'] as const
export type Method = (typeof methods)[number]

const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/**
 * The message as the provider sees it. The signal is made only if somebody asks for it. `console.log` and `JSON.stringify` show
 * neither recipient nor code, so that a message that is logged whole gives nothing away.
 */
export class Message {
  readonly to: string
  readonly channel: string
  readonly purpose: string
  readonly tenant: string
  readonly locale: string | undefined
  readonly values: Readonly<Record<string, string>>
  readonly ttlMs: number
  readonly idempotencyKey: string
  readonly deadlineMs: number
  declare readonly code?: string
  declare readonly text?: string
  declare readonly reference?: string
  #controller: AbortController | undefined
  #dropped = false

  /** Reads the packed message (see `convert.rs`). */
  constructor(method: Method, packed: string) {
    const fields = packed.split('\n', 10) as string[] & { length: 10 }
    let rest = 10
    for (const field of fields) rest += field.length
    const last = packed.slice(rest)
    this.to = fields[0]!
    this.channel = fields[1]!
    this.purpose = fields[2]!
    this.tenant = fields[3]!
    this.locale = fields[4] || undefined
    this.values = fields[5] ? (JSON.parse(fields[5]) as Record<string, string>) : {}
    this.ttlMs = +fields[6]!
    this.idempotencyKey = fields[7]!
    this.deadlineMs = +fields[8]!
    if (method === 'send') {
      this.code = fields[9]!
      this.text = last
    } else if (method !== 'create') {
      if (method === 'check') this.code = fields[9]!
      this.reference = last
    }
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#dropped) this.#controller.abort()
    }
    return this.#controller.signal
  }

  toJSON(): { channel: string; purpose: string } {
    return { channel: this.channel, purpose: this.purpose }
  }

  [inspect](): string {
    return `Message(channel: ${this.channel}, purpose: ${this.purpose})`
  }

  /** Nobody waits for the answer any more. */
  static drop(message: Message): void {
    message.#dropped = true
    message.#controller?.abort()
  }
}

/** What a method returned, packed: a word, or JSON of the parts. What is not understood is never good news. */
export function outcome(method: Method, answer: unknown): string {
  if (method === 'check') {
    if (answer === true) return 'approved'
    if (answer === false) return 'wrong'
  } else if (method === 'send') {
    if (answer === undefined || answer === null || answer === true) return 'sent'
  } else if (typeof answer === 'string') {
    return pack('created', { reference: answer })
  }
  if (typeof answer !== 'object' || answer === null) return 'nonsense'
  const { result, reference, retryAfterMs, reason } = answer as Record<string, unknown>
  const creates = method === 'create' || method === 'resend'
  const word = result === undefined && creates && typeof reference === 'string' ? 'created' : result
  const fits =
    typeof word === 'string' &&
    optional('string', reference) &&
    optional('number', retryAfterMs) &&
    optional('string', reason)
  return fits ? pack(word, { reference, retryAfterMs, reason }) : 'nonsense'
}

function optional(type: 'string' | 'number', value: unknown): boolean {
  return value === undefined || value === null || typeof value === type
}

function pack(result: string, parts: { reference?: unknown; retryAfterMs?: unknown; reason?: unknown }): string {
  return JSON.stringify({
    result,
    reference: parts.reference,
    retry_after_ms: parts.retryAfterMs,
    reason: parts.reason,
  })
}

/** What a method threw, packed. The text is for the operator; the code and the recipient are cut out of it. */
export function thrown(error: unknown, message: Message | undefined): string {
  let text: string
  try {
    text = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${kind(error)}`
  } catch {
    text = 'it threw something that cannot be shown'
  }
  for (const secret of [message?.text, message?.code, message?.to]) {
    if (secret) text = text.replaceAll(secret, '***')
  }
  return `!${text.slice(0, 200)}`
}
