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
  /** Where pending verifications and counters live: `"memory"`, `"sqlite:path/to/file.db"`, or an object with a `type`. */
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
  /**
   * Whose delivery reports it gets: of the vendor behind it, read as those of the library's own providers are. The
   * references that it answers are then kept. Default: none.
   */
  reportsOf?: ReportsOf | undefined
  /** The key by which that vendor signs its reports: MessageBird's signing key, Twilio's auth token. */
  signingKey?: string | undefined
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

/** How MessageBird codes the text of a message. */
export type MessageBirdDatacoding = 'plain' | 'unicode' | 'auto'

/** MessageBird SMS (classic REST API): delivers otpkit's codes as text messages. */
export interface MessageBirdSmsSettings {
  /** The account's access key. */
  accessKey: string
  /** Who the message comes from: a number or up to 11 letters and digits. */
  originator: string
  /** What a text message is: `sms`, or `flash`, which shows at once and is not kept. Default `sms`. */
  messageType?: MessageBirdType | undefined
  /** How the text is coded. Default `auto`: plain where the text allows it, else Unicode. */
  datacoding?: MessageBirdDatacoding | undefined
  /** The SMS gateway, where the account has one of its own. */
  gateway?: number | undefined
  /** Where MessageBird reports what became of the message. */
  reportUrl?: string | undefined
  /** The account's signing key, by which delivery reports are told from forged ones. It is not the access key. */
  signingKey?: string | undefined
  /** Where the service is. Default `https://rest.messagebird.com`. */
  baseUrl?: string | undefined
  /** Permits a base URL on a private network or on this machine, and `http` to it. Default no. */
  allowPrivate?: boolean | undefined
  /** The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline. */
  timeoutMs?: number | undefined
  /** How many calls may be in flight at once; further ones wait. Default 100. */
  maxConnections?: number | undefined
  /** Which provider this is. */
  type: 'messagebird-sms'
}

/** What kind of text message MessageBird sends. */
export type MessageBirdType = 'sms' | 'flash'

/**
 * MessageBird Verify (classic REST API): the service makes, sends and checks its own codes, by text message, spoken
 * call or e-mail.
 */
export interface MessageBirdVerifySettings {
  /** The account's access key. */
  accessKey: string
  /**
   * Who the message comes from: a number or up to 11 letters and digits; for e-mail an address, alone or as
   * `Name <address>`. Default `Code`, chosen by MessageBird.
   */
  originator?: string | undefined
  /** The text, with `%token` where the code stands. Default `Your code is: %token`, chosen by MessageBird. */
  template?: string | undefined
  /** How the text is coded. Default `plain`, chosen by MessageBird. */
  datacoding?: MessageBirdDatacoding | undefined
  /** Digits of the code: 6 to 10. Default 6, chosen by MessageBird. */
  tokenLength?: number | undefined
  /** The voice of a spoken call. */
  voice?: MessageBirdVoice | undefined
  /** The language of a spoken call, such as `en-gb`. Default: the call's locale, where it names a region too. */
  language?: string | undefined
  /** The subject of an e-mail. */
  subject?: string | undefined
  /** What a text message is: `sms`, or `flash`, which shows at once and is not kept. Default `sms`. */
  messageType?: MessageBirdType | undefined
  /** Where MessageBird reports what became of the message. */
  reportUrl?: string | undefined
  /** The account's signing key, by which delivery reports are told from forged ones. It is not the access key. */
  signingKey?: string | undefined
  /** Where the service is. Default `https://rest.messagebird.com`. */
  baseUrl?: string | undefined
  /** Permits a base URL on a private network or on this machine, and `http` to it. Default no. */
  allowPrivate?: boolean | undefined
  /** The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline. */
  timeoutMs?: number | undefined
  /** How many calls may be in flight at once; further ones wait. Default 100. */
  maxConnections?: number | undefined
  /** Which provider this is. */
  type: 'messagebird-verify'
}

/** The voice of MessageBird's spoken calls. */
export type MessageBirdVoice = 'male' | 'female'

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
export type ProviderSettings = OutboxSettings | ConsoleSettings | SandboxSettings | MessageBirdVerifySettings | MessageBirdSmsSettings | TwilioVerifySettings | TwilioSmsSettings | CallbackSettings

/** A vendor whose delivery reports are known. */
export type ReportsOf = 'messagebird' | 'twilio'

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

/**
 * The store in a file: it survives restarts, and several processes of one machine share it. The file is otpkit's own
 * and is made when it is first used; its folder must exist, on a local file system.
 */
export interface SqliteSettings {
  /** Which store this is. */
  type: 'sqlite'
  /** The path of the file. A relative one starts at the folder in which the process runs when the client is built. */
  path: string
  /**
   * `full` (the default): what was answered survives a loss of power too. `normal`: it survives a crash of the
   * process, but the last moments before a loss of power may be forgotten, and with them that a code was used.
   */
  synchronous?: Synchronous | undefined
  /** How long a call waits while another process writes, in milliseconds. 1 to 60000; default 5000. */
  busyMs?: number | undefined
}

/** Where verifications and counters live. */
export type StoreSettings = MemorySettings | SqliteSettings | 'memory' | string

/** What an answer of the SQLite store survives. */
export type Synchronous = 'full' | 'normal'

/** Whether Twilio's fraud guard judges a message. */
export type TwilioRiskCheck = 'enable' | 'disable'

/** Twilio Programmable Messaging: delivers otpkit's codes as text messages. */
export interface TwilioSmsSettings {
  /** The account: `AC` and 32 hexadecimal digits. */
  accountSid: string
  /** The account's auth token. Give this, or an API key with its secret. */
  authToken?: string | undefined
  /** An API key of the account: `SK` and 32 hexadecimal digits. It goes with `apiKeySecret`. */
  apiKey?: string | undefined
  /** The secret of the API key. */
  apiKeySecret?: string | undefined
  /**
   * The number or name that messages come from: E.164, a short code, or up to 11 letters and digits. Give this, or
   * `messagingServiceSid`.
   */
  from?: string | undefined
  /** The messaging service that chooses the sender: `MG` and 32 hexadecimal digits. */
  messagingServiceSid?: string | undefined
  /** Where Twilio reports what became of the message. */
  statusCallback?: string | undefined
  /**
   * The account's auth token where calls are made with an API key: Twilio signs its delivery reports with this
   * token. Default: `authToken`.
   */
  webhookAuthToken?: string | undefined
  /** A region, such as `ie1`. It needs credentials of that region. */
  region?: string | undefined
  /** Where calls enter Twilio's network, such as `dublin`. */
  edge?: string | undefined
  /** Where the service is, without the version. Default `https://api.twilio.com`. */
  baseUrl?: string | undefined
  /** Permits a base URL on a private network or on this machine, and `http` to it. Default no. */
  allowPrivate?: boolean | undefined
  /** The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline. */
  timeoutMs?: number | undefined
  /** How many calls may be in flight at once; further ones wait. Default 100. */
  maxConnections?: number | undefined
  /** Which provider this is. */
  type: 'twilio-sms'
}

/**
 * Twilio Verify (v2): the service makes, sends and checks its own codes, by text message, spoken call, WhatsApp or
 * e-mail.
 */
export interface TwilioVerifySettings {
  /** The account: `AC` and 32 hexadecimal digits. */
  accountSid: string
  /** The account's auth token. Give this, or an API key with its secret. */
  authToken?: string | undefined
  /** An API key of the account: `SK` and 32 hexadecimal digits. It goes with `apiKeySecret`. */
  apiKey?: string | undefined
  /** The secret of the API key. */
  apiKeySecret?: string | undefined
  /** The Verify service: `VA` and 32 hexadecimal digits. Length and life of the codes are set there. */
  serviceSid: string
  /** A message template: `HJ` and 32 hexadecimal digits. The call's `values` fill it. */
  templateSid?: string | undefined
  /** The name that the message shows, in place of the service's. */
  customFriendlyName?: string | undefined
  /** The app hash for Android's SMS Retriever: 11 characters. */
  appHash?: string | undefined
  /** Keys and values of the service's own rate limits. */
  rateLimits?: Readonly<Record<string, string>> | undefined
  /** Tags by which Twilio's logs find the verification. */
  tags?: Readonly<Record<string, string>> | undefined
  /** The configuration of the e-mail channel: `template_id`, `from` and `from_name`. */
  channelConfiguration?: Readonly<Record<string, string>> | undefined
  /** Whether Twilio's fraud guard judges the message. Default: as the service says. */
  riskCheck?: TwilioRiskCheck | undefined
  /** A region, such as `ie1`. It needs credentials of that region. */
  region?: string | undefined
  /** Where calls enter Twilio's network, such as `dublin`. */
  edge?: string | undefined
  /** Where the service is, without the version. Default `https://verify.twilio.com`. */
  baseUrl?: string | undefined
  /** Permits a base URL on a private network or on this machine, and `http` to it. Default no. */
  allowPrivate?: boolean | undefined
  /** The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline. */
  timeoutMs?: number | undefined
  /** How many calls may be in flight at once; further ones wait. Default 100. */
  maxConnections?: number | undefined
  /** Which provider this is. */
  type: 'twilio-verify'
}

/** At most `max` in any `perSeconds`. */
export interface WindowSettings {
  /** How many. */
  max: number
  /** In how many seconds. */
  perSeconds: number
}
