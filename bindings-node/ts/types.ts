/** The calls and the replies. Fields that are left out may also be `undefined`; `null` is refused. */

/** What every call takes as its second argument. */
export interface CallOptions {
  /** Gives the call up: it rejects at once with the code `aborted`. What had been sent stays sent. */
  signal?: AbortSignal | undefined
}

/** Sends a code. */
export interface StartRequest {
  /** Phone number or e-mail address. */
  to: string
  /** What the code is for; `default` if left out. */
  purpose?: string | undefined
  /** `sms`, `email`, ...; by default what fits the recipient. */
  channel?: string | undefined
  /** The end user's IP address, for the limits per IP. */
  ip?: string | undefined
  /** What the code is bound to (amount and payee, device): `check` must name the same. */
  context?: string | Uint8Array | undefined
  /** Language tag of the message. */
  locale?: string | undefined
  /** Values for the placeholders of a template. */
  values?: Readonly<Record<string, string>> | undefined
}

/** Checks a code. */
export interface CheckRequest {
  /** The id that `start` returned. */
  id: string
  /** What the person typed. */
  code: string
  /** The purpose that `start` named. */
  purpose?: string | undefined
  /** If given, the recipient that the verification must be for. */
  to?: string | undefined
  /** The context that `start` named. */
  context?: string | Uint8Array | undefined
}

/** Names one verification: for `resend`, `cancel` and `status`. */
export interface VerificationRequest {
  /** The id that `start` returned. */
  id: string
  /** The purpose that `start` named. */
  purpose?: string | undefined
  /** If given, the recipient that the verification must be for. */
  to?: string | undefined
}

/** Sends a code that the host made. */
export interface DeliverRequest {
  /** Phone number or e-mail address. */
  to: string
  /** The host's code: 4 to 10 characters. */
  code: string
  /** What the code is for; `default` if left out. */
  purpose?: string | undefined
  /** `sms`, `email`, ...; by default what fits the recipient. */
  channel?: string | undefined
  /** The end user's IP address, for the limits per IP. */
  ip?: string | undefined
  /** Language tag of the message. */
  locale?: string | undefined
  /** Values for the placeholders of a template. */
  values?: Readonly<Record<string, string>> | undefined
}

/** Names a subject, a recipient and a purpose. */
export interface UnlockRequest {
  /** Phone number or e-mail address. */
  to: string
  /** The purpose; `default` if left out. */
  purpose?: string | undefined
}

/** What is known about a message: a provider took it, or may have taken it (then it was not sent a second time). */
export type Delivery = 'sent' | 'unknown'

/** The reply of `start` and `resend`. */
export interface Started {
  /** The name of the verification, for `check`. */
  id: string
  channel: string
  /** The recipient, masked. */
  toMasked: string
  /** The name of the provider that served. */
  provider: string
  delivery: Delivery
  /** When the code ends. */
  expiresAt: Date
  /** When `resend` may be called. */
  resendAt: Date
}

/** Why a check did not approve: for the operator's eyes, not for the end user's. */
export type Reason = 'wrong_code' | 'unknown' | 'expired' | 'used' | 'canceled' | 'locked' | 'failed'

/** The reply of `check`. */
export type Checked =
  | {
      approved: true
      status: 'approved'
      /** The full recipient, whose control this call proved. */
      to: string
    }
  | {
      approved: false
      /** More attempts are left. */
      status: 'pending'
      attemptsLeft: number
      reason?: Reason
      to?: undefined
    }
  | {
      approved: false
      /** Nothing to check any more: unknown, expired, used, canceled or locked, which look alike. */
      status: 'ended'
      reason?: Reason
      to?: undefined
    }

/** The reply of `cancel`. */
export interface Canceled {
  /** Whether this call ended a pending verification. */
  canceled: boolean
}

/** The reply of `status`: for operators, masked, and never proof of anything. */
export interface StatusReply {
  status: 'pending' | 'ended'
  reason?: Reason
  channel?: string
  toMasked?: string
  provider?: string
  attemptsLeft?: number
  createdAt?: Date
  expiresAt?: Date
  resendAt?: Date
  /** What the provider reported last of the last message, where it was asked to. */
  deliveryReport?: ReportStatus
}

/** The reply of `deliver`. */
export interface Delivered {
  channel: string
  /** The recipient, masked. */
  toMasked: string
  /** The name of the provider that served. */
  provider: string
  delivery: Delivery
  /** The provider's own name of the message, if it gave one. */
  reference?: string
}

/** The reply of `unlock`. */
export interface Unlocked {
  /** Whether there was a lock or a failure to forget. */
  unlocked: boolean
}

/** What became of a message, in one word for every vendor, in the order of progress. */
export type ReportStatus =
  | 'unknown'
  | 'queued'
  | 'sent'
  | 'canceled'
  | 'expired'
  | 'failed'
  | 'undelivered'
  | 'delivered'
  | 'read'

/** Headers by name, as Node has them, or as pairs (`Headers`, a `Map`). */
export type WebhookHeaders =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>
  // `Headers`, where a project's own types do not say that they are iterable.
  | { forEach(each: (value: string, name: string) => void): void }

/** A vendor's request, as your web server got it. */
export interface WebhookRequest {
  method: string
  /** The whole URL exactly as the vendor called it: scheme, host, port if it named one, path and query. */
  url: string
  headers?: WebhookHeaders | undefined
  /** The raw body, as it came: not parsed and written again. */
  body?: string | Uint8Array | undefined
}

/** One delivery report. It tells of a message and never of a person: it approves nothing. */
export interface Report {
  /** The verification that the message belongs to, where that is known. */
  id?: string
  /** The name of the provider. */
  provider: string
  /** The vendor's own name of the message. */
  reference: string
  status: ReportStatus
  /** Whether this report changed what `status` tells; false for a repeat. */
  changed: boolean
  /** The vendor's or carrier's number for what went wrong. */
  errorCode?: string
  /** The recipient, masked. */
  toMasked?: string
  /** When it happened, where the vendor says. */
  at?: Date
}

/** The reply of `webhook`: what a request with a good signature reported, which may be nothing. */
export interface Reported {
  reports: Report[]
}

/** A message that an `outbox` provider kept. It shows the code: outboxes are for tests and development. */
export interface OutboxMessage {
  to: string
  channel: string
  purpose: string
  code: string
  text: string
  locale: string | null
  at: Date
}

/** What happened, for logs and metrics. Recipients are masked; there is never a code in an event. */
export type OtpkitEvent =
  | {
      event: 'send'
      id?: string
      toMasked: string
      channel: string
      purpose: string
      provider: string
      result: 'sent' | 'not_sent' | 'rejected' | 'limited' | 'ambiguous'
      /** The provider's own words, for the operator. */
      detail?: string
      tookMs: number
    }
  | { event: 'check'; id: string; purpose: string; status: 'approved' | 'pending' | 'ended'; reason?: Reason }
  | { event: 'cannot_tell'; id: string; provider: string; detail: string }
  | {
      event: 'report'
      id?: string
      provider: string
      reference: string
      status: ReportStatus
      /** False for a repeat. */
      changed: boolean
      errorCode?: string
      toMasked?: string
    }
  | { event: 'error'; call: string; kind: string; field?: string; message: string }
