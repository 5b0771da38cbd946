import { native } from './native.js'
import type { NativeClient } from './native.js'
import { internal, invalidInput, OtpkitError, unpackError } from './error.js'
import { Message, methods, outcome, thrown } from './provider.js'
import type { Method } from './provider.js'
import { fromJson } from './reply.js'

/**
 * What JavaScript keeps of the traffic with the addon: calls that wait, and questions to providers. The addon holds
 * only this module's two functions, never a client, so a client that nobody uses is collected with all it holds.
 */

/** A client as the traffic sees it. */
export interface Party {
  readonly providers: readonly Record<Method, (message: Message) => unknown>[]
  readonly onEvent: ((event: never) => unknown) | undefined
  /** Calls of it that wait. */
  waiting: number
  /** Told when the last one ended. */
  readonly idle: (() => void)[]
}

interface Waiting {
  party: Party
  read: (text: string) => unknown
  resolve: (reply: never) => void
  reject: (error: unknown) => void
  signal: AbortSignal | undefined
  onAbort: (() => void) | undefined
}

const parties = new Map<number, WeakRef<Party>>()
const gone = new FinalizationRegistry((number: number) => parties.delete(number))
const waiting = new Map<number, Waiting>()
const asked = new Map<number, Message>()
let lastParty = 0
let lastCall = 0

const hub = native.open(deliver, provide)

/** Makes the native client of a party. */
export function connect(party: Party, settings: string, live: string): NativeClient {
  const number = ++lastParty
  const client = hub.connect(number, settings, live, party.onEvent !== undefined)
  parties.set(number, new WeakRef(party))
  gone.register(party, number)
  return client
}

/** The number of the next call. */
export function nextCall(): number {
  return ++lastCall
}

/** The promise of a call that did not end at once. */
export function later<T>(call: number, party: Party, read: (text: string) => T, signal: AbortSignal | undefined): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      // A provider that was asked within the call has aborted it.
      hub.abort(call)
      throw aborted(signal)
    }
    const entry: Waiting = { party, read, resolve, reject, signal, onAbort: undefined }
    if (signal !== undefined) {
      entry.onAbort = () => {
        hub.abort(call)
        if (settle(call) !== undefined) reject(aborted(signal))
        if (waiting.size === 0) hub.release()
      }
      try {
        signal.addEventListener('abort', entry.onAbort, { once: true })
      } catch (error) {
        hub.abort(call)
        throw invalidInput('signal', 'this signal cannot be listened to', { cause: error })
      }
    }
    // A call under way keeps the process alive; an idle client does not.
    if (waiting.size === 0) hub.hold()
    waiting.set(call, entry)
    party.waiting++
  })
}

/** The error of a call that its caller gave up. */
export function aborted(signal: AbortSignal): OtpkitError {
  return new OtpkitError('aborted', 'the call was aborted; what had been sent stays sent', { cause: signal.reason })
}

function settle(call: number): Waiting | undefined {
  const entry = waiting.get(call)
  if (entry === undefined) return undefined
  waiting.delete(call)
  if (entry.onAbort !== undefined) entry.signal?.removeEventListener('abort', entry.onAbort)
  if (--entry.party.waiting === 0) for (const tell of entry.party.idle.splice(0)) tell()
  return entry
}

/** Everything that gathered since the last turn of the event loop (see `Work` in `hub.rs`). Never throws. */
function deliver(flat: readonly (number | string)[]): void {
  let at = 0
  while (at < flat.length) {
    switch (flat[at]) {
      case 0:
        finish(flat[at + 1] as number, flat[at + 2] as string)
        at += 3
        break
      case 1:
        ask(flat, at)
        at += 6
        break
      case 2:
        drop(flat[at + 1] as number)
        at += 2
        break
      default:
        void tell(flat[at + 1] as number, flat[at + 2] as string)
        at += 3
    }
  }
  if (waiting.size === 0) hub.release()
}

function finish(call: number, text: string): void {
  const entry = settle(call)
  if (entry === undefined) return
  try {
    if (text.startsWith('!')) entry.reject(unpackError(text))
    else entry.resolve(entry.read(text) as never)
  } catch (error) {
    entry.reject(internal(error))
  }
}

function ask(flat: readonly (number | string)[], at: number): void {
  const [client, provider, method, number] = flat.slice(at + 1, at + 5) as [number, number, number, number]
  const answer = provide(client, provider, method, number, flat[at + 5] as string)
  if (answer !== null) give(number, answer)
}

/** Calls a provider. Answers at once where the provider does, else `null`, and `hub.answer` follows. Never throws. */
function provide(client: number, provider: number, method: number, number: number, packed: string): string | null {
  const live = parties.get(client)?.deref()?.providers[provider]
  if (live === undefined) return '!the client is gone'
  const name = methods[method]!
  let message: Message | undefined
  try {
    message = new Message(name, packed)
    const answer = live[name](message)
    if (isThenable(answer)) {
      asked.set(number, message)
      void answerLater(number, name, message, answer)
      return null
    }
    return outcome(name, answer)
  } catch (error) {
    return thrown(error, message)
  }
}

function isThenable(value: unknown): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return typeof (value as { then?: unknown }).then === 'function'
}

async function answerLater(number: number, method: Method, message: Message, answer: unknown): Promise<void> {
  let text: string
  try {
    text = outcome(method, await answer)
  } catch (error) {
    text = thrown(error, message)
  }
  if (!asked.delete(number)) return
  give(number, text)
  if (waiting.size === 0) hub.release()
}

/** Gives a provider's answer; the call that waited for it may end right here. Never throws. */
function give(number: number, outcome: string): void {
  const ended = hub.answer(number, outcome)
  if (ended === null) return
  const end = ended.indexOf('\n')
  finish(Number(ended.slice(0, end)), ended.slice(end + 1))
}

/** Nobody waits for this answer any more: the provider's signal says so, and a late answer goes nowhere. */
function drop(number: number): void {
  const message = asked.get(number)
  asked.delete(number)
  if (message !== undefined) Message.drop(message)
}

async function tell(client: number, json: string): Promise<void> {
  try {
    await parties.get(client)?.deref()?.onEvent?.(fromJson(json) as never)
  } catch {
    // What a listener throws is its own affair: it must not end the process or a call.
  }
}
