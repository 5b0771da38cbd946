// Written by scripts/settings-types.mjs from the schema of the core. Do not edit.

import type { Sender, Verifier } from './provider.js'
import type { OtpkitEvent } from './types.js'

/**
 * The settings of a client.
 * `secrets` may be left out with the memory store only: a random one is drawn for the process.
 */
export interface OtpkitSettings {
  /** Secrets of at least 32 bytes each. The first is used for new verifications, the others still verify. */
  secrets?: readonly string[] | undefined
  /** Whose users these are. Verifications and counters of two tenants never meet. */
  tenant?: string | undefined
  /** Where pending verifications and counters live: `"memory"`, or an object with a `type`. */
  store?: StoreSettings | undefined
  /** The providers by name, in the order in which they are tried where no route says otherwise. */
  providers?: Readonly<Record<string, ProviderSettings | Sender | Verifier>> | undefined
  /**
   * Which providers serve which recipients, in which order. The first route that fits is used. Without routes
   * every provider serves everybody, in the order given.
   */
  routes?: readonly RouteSettings[] | undefined
  /** The rules for every purpose. */
  policy?: PolicySettings | undefined
  /** The rules that differ for a purpose, by its name. */
  purposes?: Readonly<Record<string, PolicySettings>> | undefined
  /** How many starts one IP address may make (IPv6 is counted by /64). Default: 10 in 10 minutes. */
  perIp?: readonly WindowSettings[] | undefined
  /** How many sends this tenant may make in all. Default: no limit. */
  global?: readonly WindowSettings[] | undefined
  /** The longest time of one call, in milliseconds, providers included. 50 to 60000; default 15000. */
  deadlineMs?: number | undefined
  /** The longest time to connect to a provider, in milliseconds. 50 to 60000; default 3000. */
  connectMs?: number | undefined
  /**
   * The country whose national spelling of phone numbers is understood, as ISO 3166-1 alpha-2. Default: none,
   * numbers begin with `+`.
   */
  defaultCountry?: string | undefined
  /** The name that messages show. */
  brand?: string | undefined
  /**
   * Templates of the message by language tag; `en` also serves languages that have none. Placeholders: `{code}`,
   * `{brand}`, `{minutes}` and the names in `values`.
   */
  templates?: Readonly<Record<string, string>> | undefined
  /**
   * The host of the website that asks for the code. Text messages then end with the line `@host #code`, which
   * lets browsers fill the code in on that site only (WICG origin-bound one-time codes).
   */
  webHost?: string | undefined
  /** Is told what happened, after the fact. What it throws is ignored. */
  onEvent?: ((event: OtpkitEvent) => unknown) | undefined
}

/** The characters that codes are made of. */
export type Alphabet = 'digits' | 'unambiguous'

/** Holds the place of a provider that the host adds beside the settings. */
export interface CallbackSettings {
  /** What an exception of the provider means. Default `ambiguous`. */
  onError?: OnError | undefined
  /** The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline. */
  timeoutMs?: number | undefined
  /** Which provider this is. */
  type: 'callback'
}

/** Prints messages on standard error, for development. It shows codes: never use it in production. */
export interface ConsoleSettings {
  /** Which provider this is. */
  type: 'console'
}

/** Who opens the lock after 100 consecutive failures. */
export type LockRelease = 'wait' | 'operator'

/** The store in this process: nothing survives a restart, and other processes have counters of their own. */
export interface MemorySettings {
  /** Which store this is. */
  type: 'memory'
  /**
   * How many verifications and counters it may hold; when full, new starts are refused and nothing is lost.
   * Default 1000000.
   */
  maxEntries?: number | undefined
}

/** What an exception of a host's own sender means. */
export type OnError = 'ambiguous' | 'not_sent'

/** Keeps messages in memory, for tests and development. */
export interface OutboxSettings {
  /** How many messages are kept; the oldest go first. Default 100. */
  keep?: number | undefined
  /** Which provider this is. */
  type: 'outbox'
}

/** The rules of a purpose. What is left out is taken from the policy of all purposes, then from the defaults. */
export interface PolicySettings {
  /** Characters of a code: 6 to 10 (4 and 5 with `allowUnsafe`). Default 6. */
  length?: number | undefined
  /** What codes are made of. Default `digits`. */
  alphabet?: Alphabet | undefined
  /** Seconds that a code lives: 30 to 600 (to 86400 with `allowUnsafe`). Default 300. */
  ttlSeconds?: number | undefined
  /** Seconds that a verification lives at most, resends included: at most 600. Default 600. */
  ceilingSeconds?: number | undefined
  /** Codes that may be tried for one verification: 1 to 10. Default 5. */
  attempts?: number | undefined
  /** Seconds to wait before the first, second, ... resend; the last one repeats. Default 30, 60, 120. */
  resendAfterSeconds?: readonly number[] | undefined
  /** Which code a resend sends. Default `same`. */
  resend?: ResendCode | undefined
  /** How many sends one recipient may get. Default 5 an hour and 10 a day. */
  perRecipient?: readonly WindowSettings[] | undefined
  /** Who opens the lock after 100 consecutive wrong codes. Default `wait`. */
  lockRelease?: LockRelease | undefined
  /** Countries whose numbers are served, as ISO 3166-1 alpha-2. Default: all. */
  countries?: readonly string[] | undefined
  /** Allows settings that NIST and OWASP call unsafe: a shorter code or a longer life. Say why in your own code. */
  allowUnsafe?: boolean | undefined
}

/** A provider as data. `type` names which; the other fields are that provider's own. */
export type ProviderSettings = OutboxSettings | ConsoleSettings | SandboxSettings | CallbackSettings

/** Which code a resend sends. */
export type ResendCode = 'same' | 'new'

/** A route: which providers serve which recipients, in which order. What is left out fits everything. */
export interface RouteSettings {
  /** Countries of the number, as ISO 3166-1 alpha-2. */
  country?: readonly string[] | undefined
  /** Channels of the message. */
  channel?: readonly string[] | undefined
  /** Purposes of the verification. */
  purpose?: readonly string[] | undefined
  /** Names of the providers, in the order in which they are tried. */
  use: readonly string[]
}

/** Posts messages to a running `otpkit-sandbox`, whose inbox shows them. */
export interface SandboxSettings {
  /** Address of the sandbox, on this machine. Default `http://127.0.0.1:4680`. */
  url?: string | undefined
  /** Which provider this is. */
  type: 'sandbox'
}

/** Where verifications and counters live. */
export type StoreSettings = MemorySettings | 'memory'

/** At most `max` in any `perSeconds`. */
export interface WindowSettings {
  /** How many. */
  max: number
  /** In how many seconds. */
  perSeconds: number
}
