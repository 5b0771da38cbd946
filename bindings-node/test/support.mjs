// What several test files use. Tests speak to otpkit through its public API; only the clock is a seam of the addon
// that is built for tests (feature `testing`).
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Otpkit } from 'otpkit'

export const testFolder = fileURLToPath(new URL('.', import.meta.url))
export const packageFolder = fileURLToPath(new URL('../', import.meta.url))
export const repository = fileURLToPath(new URL('../../', import.meta.url))

const addonFolder = new URL('node_modules/otpkit/native/', import.meta.url)
const addon = readdirSync(addonFolder).find((name) => name.endsWith('.node'))
/** The addon itself, for its clock. */
export const native = createRequire(import.meta.url)(fileURLToPath(new URL(addon, addonFolder)))

let lastNumber = 10000000
/** A phone number that no test has used yet. */
export const freshNumber = () => `+316${++lastNumber}`

/** A client with one sender that keeps the newest code for each recipient. */
export function clientWithCodes(settings = {}) {
  const codes = new Map()
  const otp = new Otpkit({ providers: { mine: { send: ({ to, code }) => void codes.set(to, code) } }, ...settings })
  return { otp, codes }
}

/** A code of the same length that differs: the code plus `n`. */
export function wrong(code, n = 1) {
  return String((Number(code) + n) % 10 ** code.length).padStart(code.length, '0')
}

/** For assert.rejects: an error of otpkit of this kind, of this field. */
export function otpkitError(code, field) {
  return (error) => {
    if (error?.name !== 'OtpkitError') throw new Error(`not an OtpkitError: ${error?.stack ?? error}`)
    if (error.code !== code) throw new Error(`code ${error.code} instead of ${code}: ${error.message}`)
    if (field !== undefined && error.field !== field) throw new Error(`field ${error.field} instead of ${field}: ${error.message}`)
    return true
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
