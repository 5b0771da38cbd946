/** Every kind of error, in the order of the table in the core (a test compares them). */
export const errorCodes = [
  'invalid_input',
  'invalid_settings',
  'no_route',
  'verification_ended',
  'rejected',
  'aborted',
  'closed',
  'invalid_signature',
  'rate_limited',
  'locked',
  'provider_limited',
  'provider_unavailable',
  'cannot_tell',
  'store_unavailable',
  'store_full',
  'internal',
] as const

/** What went wrong, as a stable string. */
export type ErrorCode = (typeof errorCodes)[number]

/** Details of an {@link OtpkitError}. */
export interface ErrorDetails {
  field?: string | undefined
  retryAfterMs?: number | undefined
  cause?: unknown
}

/**
 * The one error of otpkit. Branch on `code`. A wrong one-time code is none: it is a reply of `check`.
 */
export class OtpkitError extends Error {
  /** The stable kind. */
  readonly code: ErrorCode
  /** The field of the call, or the path of the setting, that is wrong. */
  readonly field: string | undefined
  /** How long to wait, for `rate_limited`, `locked` and `provider_limited`. */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    this.field = details.field
    this.retryAfterMs = details.retryAfterMs
  }
}

// On the prototype, as with the errors of JavaScript itself, so that it is not among an error's own fields.
Object.defineProperty(OtpkitError.prototype, 'name', { value: 'OtpkitError', configurable: true, writable: true })

/** @internal */
export function invalidInput(field: string, message: string, details: ErrorDetails = {}): OtpkitError {
  return new OtpkitError('invalid_input', `${field}: ${message}`, { ...details, field })
}

/** @internal */
export function invalidSettings(field: string, message: string, details: ErrorDetails = {}): OtpkitError {
  return new OtpkitError('invalid_settings', `${field}: ${message}`, { ...details, field })
}

/** @internal */
export function internal(cause?: unknown): OtpkitError {
  return new OtpkitError('internal', 'a defect in otpkit; please report it', cause === undefined ? {} : { cause })
}

/** Reads `!code, retryAfterMs, field, message` (see `convert.rs`). @internal */
export function unpackError(text: string): OtpkitError {
  const first = text.indexOf('\n')
  const second = text.indexOf('\n', first + 1)
  const third = text.indexOf('\n', second + 1)
  const code = text.slice(1, first) as ErrorCode
  const field = text.slice(second + 1, third) || undefined
  const retryAfterMs = second > first + 1 ? Number(text.slice(first + 1, second)) : undefined
  const sentence = text.slice(third + 1)
  return new OtpkitError(code, field === undefined ? sentence : `${field}: ${sentence}`, { field, retryAfterMs })
}
