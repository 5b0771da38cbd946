import { native } from './native.js'

export { Otpkit } from './client.js'
export { errorCodes, OtpkitError } from './error.js'
export type { ErrorCode, ErrorDetails } from './error.js'
export { Outbox } from './outbox.js'
export type {
  CheckOutcome,
  CreateOutcome,
  ProviderMessage,
  ProviderOptions,
  ReferencedMessage,
  Sender,
  SendMessage,
  SendOutcome,
  Verifier,
  VerifierCheckMessage,
} from './provider.js'
export type * from './settings.js'
export type * from './types.js'

/** The version of otpkit. */
export const version: string = native.version()

/** The JSON Schema of the settings in their wire form (snake_case), with titles and help in English and Chinese. */
export function settingsSchema(): Record<string, unknown> {
  return JSON.parse(native.settingsSchema()) as Record<string, unknown>
}
