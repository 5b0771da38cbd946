import type { NativeClient } from './native.js'
import { fromJson } from './reply.js'
import type { OutboxMessage } from './types.js'

/** What an `outbox` provider kept, for tests and development. */
export class Outbox {
  readonly #native: NativeClient
  readonly #name: string

  /** @internal */
  constructor(native: NativeClient, name: string) {
    this.#native = native
    this.#name = name
  }

  /** All messages, the oldest first. */
  messages(): OutboxMessage[] {
    return fromJson(this.#native.outbox(this.#name, true) ?? '[]') as OutboxMessage[]
  }

  /** The newest message. */
  last(): OutboxMessage | undefined {
    return (fromJson(this.#native.outbox(this.#name, false) ?? 'null') ?? undefined) as OutboxMessage | undefined
  }

  /** Forgets all messages. */
  clear(): void {
    this.#native.clearOutbox(this.#name)
  }
}
