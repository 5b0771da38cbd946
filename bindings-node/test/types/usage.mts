// What a strict project may write.
import { errorCodes, Otpkit, OtpkitError, Outbox, settingsSchema, version } from 'otpkit'
import type { Checked, CheckOutcome, CreateOutcome, ErrorCode, OtpkitEvent, OtpkitSettings, ProviderMessage, ReportStatus, Sender, SendMessage, Started, Verifier, VerifierCheckMessage } from 'otpkit'

const settings: OtpkitSettings = {
  secrets: ['a secret of at least thirty-two bytes'],
  store: 'memory',
  routes: [{ country: ['NL'], use: ['mine'] }, { use: ['svc', 'outbox'] }],
  policy: { ttlSeconds: 120, perRecipient: [{ max: 5, perSeconds: 3600 }], resend: 'new', lockRelease: 'operator', alphabet: 'digits' },
  purposes: { pay: { length: 8, attempts: undefined } },
  providers: {
    mine: { send: ({ to, text, code, signal }) => void [to.length, text.length, code.length, signal.aborted] },
    svc: {
      create: async (message: ProviderMessage): Promise<CreateOutcome> => ({ reference: message.to }),
      check: ({ reference, code }: VerifierCheckMessage): CheckOutcome => reference === code,
      resend: async ({ reference }) => reference,
      cancel: ({ reference }) => reference,
      checksByRecipient: true,
      timeoutMs: 500,
    },
    outbox: { type: 'outbox', keep: 5 },
    sandbox: { type: 'sandbox', url: 'http://127.0.0.1:4680' },
  },
  onEvent(event: OtpkitEvent) {
    if (event.event === 'error') return event.kind.length
    return undefined
  },
}

class Base implements Sender {
  async send({ to }: SendMessage): Promise<{ result: 'sent'; reference: string }> {
    return { result: 'sent', reference: to }
  }
}
class Service implements Verifier {
  create = () => 'reference'
  check = () => ({ result: 'cannot_tell', reason: 'down' }) as const
}

const otp: Otpkit = new Otpkit({ ...settings, store: { type: 'memory', maxEntries: 10 } })
new Otpkit({ providers: { base: new Base(), service: new Service() } })

export async function use(signal: AbortSignal): Promise<string | undefined> {
  const started: Started = await otp.start({ to: '+31612345678', purpose: undefined, context: new Uint8Array(2), values: { a: 'b' } }, { signal })
  const reply: Checked = await otp.check({ id: started.id, code: '123456' })
  if (reply.approved) {
    const to: string = reply.to
    return to
  }
  if (reply.status === 'pending') {
    const left: number = reply.attemptsLeft
    return String(left)
  }
  const status = await otp.status({ id: started.id })
  const box: Outbox | undefined = otp.outbox('outbox')
  const at: Date | undefined = box?.last()?.at ?? status.createdAt
  await otp.unlock({ to: '+31612345678' })
  const request = new Request('https://example.com/')
  const { reports } = await otp.webhook('mine', { method: request.method, url: request.url, headers: request.headers, body: new Uint8Array(await request.arrayBuffer()) })
  const fate: ReportStatus | undefined = reports[0]?.status ?? status.deliveryReport
  if (fate === 'delivered') return reports[0]?.at?.toISOString()
  await otp.close()
  return at?.toISOString()
}

export function handle(error: unknown): ErrorCode | undefined {
  if (!(error instanceof OtpkitError)) return undefined
  const wait: number | undefined = error.retryAfterMs
  const known: readonly ErrorCode[] = errorCodes
  return known.includes(error.code) && wait === undefined ? error.code : undefined
}

export const about: [string, Record<string, unknown>] = [version, settingsSchema()]
