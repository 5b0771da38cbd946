// One copy of the library: the ES module is the CommonJS one under another name, so that `instanceof` holds across both.
export { errorCodes, Otpkit, OtpkitError, Outbox, settingsSchema, version } from './index.js'
export type * from './index.js'
