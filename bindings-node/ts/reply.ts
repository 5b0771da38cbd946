import type { Checked, Delivery, Reason, Started } from './types.js'

/** Reads the packed replies (see `convert.rs`). */

export function started(text: string): Started {
  const [id, channel, toMasked, delivery, expires, resend] = text.split('\n', 6) as [string, string, string, Delivery, string, string]
  // A provider's name is the last field: it is taken as it is.
  const provider = text.slice(id.length + channel.length + toMasked.length + delivery.length + expires.length + resend.length + 6)
  return { id, channel, toMasked, provider, delivery, expiresAt: new Date(+expires), resendAt: new Date(+resend) }
}

export function checked(text: string): Checked {
  const [status, left, reason, to] = text.split('\n') as ['approved' | 'pending' | 'ended', string, Reason | '', string]
  if (status === 'approved') return { approved: true, status, to }
  const why = reason === '' ? {} : { reason }
  if (status === 'pending') return { approved: false, status, attemptsLeft: +left, ...why }
  return { approved: false, status: 'ended', ...why }
}

/** Any other reply and every event: JSON in snake_case, times as RFC 3339 text in fields that end in `_at`. */
export function fromJson(text: string): unknown {
  return camel(JSON.parse(text))
}

function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel)
  if (typeof value !== 'object' || value === null) return value
  const named: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(value)) {
    const isTime = typeof entry === 'string' && (name === 'at' || name.endsWith('_at'))
    named[camelCase(name)] = isTime ? new Date(entry) : camel(entry)
  }
  return named
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
