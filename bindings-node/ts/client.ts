// Consumers whose `lib` is older know `AsyncDisposable` by this.
/// <reference lib="esnext.disposable" preserve="true" />
import { aborted, connect, later, nextCall } from './hub.js'
import type { Party } from './hub.js'
import type { NativeClient } from './native.js'
import { internal, unpackError } from './error.js'
import { Outbox } from './outbox.js'
import { checked, fromJson, started } from './reply.js'
import { CANCEL, CHECK, DELIVER, read, RESEND, signalOf, START, STATUS, text, UNLOCK } from './request.js'
import type { Fields, Verb } from './request.js'
import { readWebhook } from './webhook.js'
import { document } from './document.js'
import type { OtpkitSettings } from './settings.js'
import type {
  CallOptions,
  Canceled,
  Checked,
  CheckRequest,
  Delivered,
  DeliverRequest,
  Reported,
  Started,
  StartRequest,
  StatusReply,
  Unlocked,
  UnlockRequest,
  VerificationRequest,
  WebhookRequest,
} from './types.js'

type Send = (client: NativeClient, call: number, fields: Fields) => string | null

/** Sends codes and checks codes. Make one, keep it, and share it. */
export class Otpkit {
  readonly #native: NativeClient
  readonly #party: Party

  /** Builds a client. Everything that is wrong with the settings is thrown here, as `invalid_settings`. */
  constructor(settings: OtpkitSettings) {
    const { json, live, providers, onEvent, userPath } = document(settings)
    this.#party = { providers, onEvent, waiting: 0, idle: [] }
    try {
      this.#native = connect(this.#party, json, live)
    } catch (error) {
      const packed = error instanceof Error && error.message.startsWith('!') ? unpackError(error.message) : undefined
      throw packed === undefined ? internal() : userPath(packed)
    }
  }

  /** Sends a code and returns the id under which it is checked. */
  async start(request: StartRequest, options?: CallOptions): Promise<Started> {
    return this.#call(START, request, options, started, (client, call, f) =>
      client.start(call, f.to!, f.purpose, f.channel, f.ip, f.context, f.locale, f.values),
    )
  }

  /** Checks a code. A wrong code is a reply, not an error. */
  async check(request: CheckRequest, options?: CallOptions): Promise<Checked> {
    return this.#call(CHECK, request, options, checked, (client, call, f) =>
      client.check(call, f.id!, f.code!, f.purpose, f.to, f.context),
    )
  }

  /** Sends the code of a pending verification again; id and attempts stay as they are. */
  async resend(request: VerificationRequest, options?: CallOptions): Promise<Started> {
    return this.#call(RESEND, request, options, started, (client, call, f) => client.resend(call, f.id!, f.purpose, f.to))
  }

  /** Ends a pending verification: its code is good no more. */
  async cancel(request: VerificationRequest, options?: CallOptions): Promise<Canceled> {
    const send: Send = (client, call, f) => client.cancel(call, f.id!, f.purpose, f.to)
    return this.#call(CANCEL, request, options, (reply) => fromJson(reply) as Canceled, send)
  }

  /** Tells how a verification stands. For operators: it is never proof of anything. */
  async status(request: VerificationRequest, options?: CallOptions): Promise<StatusReply> {
    const send: Send = (client, call, f) => client.status(call, f.id!, f.purpose, f.to)
    return this.#call(STATUS, request, options, (reply) => fromJson(reply) as StatusReply, send)
  }

  /** Sends a code that the host made. Nothing is stored but the send windows, and there is nothing to check. */
  async deliver(request: DeliverRequest, options?: CallOptions): Promise<Delivered> {
    const send: Send = (client, call, f) =>
      client.deliver(call, f.to!, f.code!, f.purpose, f.channel, f.ip, f.locale, f.values)
    return this.#call(DELIVER, request, options, (reply) => fromJson(reply) as Delivered, send)
  }

  /** Forgets the failures and the lock of a recipient and purpose. For operators. */
  async unlock(request: UnlockRequest, options?: CallOptions): Promise<Unlocked> {
    const send: Send = (client, call, f) => client.unlock(call, f.to!, f.purpose)
    return this.#call(UNLOCK, request, options, (reply) => fromJson(reply) as Unlocked, send)
  }

  /**
   * Checks and reads a delivery report that the vendor behind this provider sent to your web server. It tells operators
   * what became of a message, and approves nothing. A bad signature is thrown as `invalid_signature`: answer with 403.
   */
  async webhook(provider: string, request: WebhookRequest, options?: CallOptions): Promise<Reported> {
    const name = text('provider', provider)
    const { method, url, headers, body } = readWebhook(request)
    const send = (client: NativeClient, call: number) => client.webhook(call, name, method, url, headers, body)
    return this.#ask(options, (reply) => fromJson(reply) as Reported, send)
  }

  /** The messages that the `outbox` provider of this name kept; `undefined` if no outbox has this name. */
  outbox(name: string): Outbox | undefined {
    const known = text('name', name)
    return this.#native.outbox(known, false) === null ? undefined : new Outbox(this.#native, known)
  }

  /** Refuses further calls with `closed`, and resolves when the calls under way have ended as they would have. */
  async close(): Promise<void> {
    this.#native.close()
    if (this.#party.waiting > 0) await new Promise<void>((resolve) => this.#party.idle.push(resolve))
  }

  /** The way of every call: an answer that is there at once never leaves this thread. */
  #call<T>(verb: Verb, request: unknown, options: CallOptions | undefined, reply: (text: string) => T, send: Send): T | Promise<T> {
    const fields = read(verb, request)
    return this.#ask(options, reply, (client, call) => send(client, call, fields))
  }

  #ask<T>(
    options: CallOptions | undefined,
    reply: (text: string) => T,
    send: (client: NativeClient, call: number) => string | null,
  ): T | Promise<T> {
    const signal = signalOf(options)
    if (signal?.aborted) throw aborted(signal)
    const call = nextCall()
    let answer: string | null
    try {
      answer = send(this.#native, call)
    } catch {
      // What the addon threw may hold the text of a panic, which is nobody's to read.
      throw internal()
    }
    if (answer === null) return later(call, this.#party, reply, signal)
    if (answer.startsWith('!')) throw unpackError(answer)
    return reply(answer)
  }
}

// `await using otp = new Otpkit(..)` where the runtime has the symbol (Node 20.4 and later).
export interface Otpkit extends AsyncDisposable {}
if (Symbol.asyncDispose !== undefined) {
  const value = Otpkit.prototype.close
  Object.defineProperty(Otpkit.prototype, Symbol.asyncDispose, { value, configurable: true, writable: true })
}

