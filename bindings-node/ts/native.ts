import { existsSync } from 'node:fs'
import { join } from 'node:path'

type Text = string | undefined
type Context = string | Uint8Array | undefined

/** What `client.rs` makes: each verb answers at once, or `null` and later through the hub. */
export interface NativeClient {
  start(call: number, to: string, purpose: Text, channel: Text, ip: Text, context: Context, locale: Text, values: Text): string | null
  check(call: number, id: string, code: string, purpose: Text, to: Text, context: Context): string | null
  resend(call: number, id: string, purpose: Text, to: Text): string | null
  cancel(call: number, id: string, purpose: Text, to: Text): string | null
  status(call: number, id: string, purpose: Text, to: Text): string | null
  deliver(call: number, to: string, code: string, purpose: Text, channel: Text, ip: Text, locale: Text, values: Text): string | null
  unlock(call: number, to: string, purpose: Text): string | null
  /** `headers` has names and values in turn. */
  webhook(call: number, provider: string, method: string, url: string, headers: string[], body: Context): string | null
  outbox(name: string, all: boolean): string | null
  clearOutbox(name: string): void
  close(): void
}

/** What `hub.rs` makes. */
export interface Hub {
  connect(number: number, settings: string, live: string, events: boolean): NativeClient
  /** Gives `call, reply` if the answer ended a call. */
  answer(ask: number, outcome: string): string | null
  abort(call: number): void
  hold(): void
  release(): void
}

/** What the addon exports. */
export interface Native {
  open(
    deliver: (flat: readonly (number | string)[]) => void,
    provide: (client: number, provider: number, method: number, ask: number, message: string) => string | null,
  ): Hub
  version(): string
  settingsSchema(): string
  errorTable(): string
}

/** The addon of this platform, from the package's own folder. Nothing is downloaded and no path is configurable. */
export const native: Native = load()

function load(): Native {
  const looked: string[] = []
  const failures: unknown[] = []
  for (const name of candidates()) {
    const file = join(__dirname, '..', 'native', name)
    looked.push(file)
    if (!existsSync(file)) continue
    try {
      return require(file) as Native
    } catch (error) {
      failures.push(error)
    }
  }
  const why = failures.length > 0 ? `It could not be loaded: ${failures.map(sentence).join('; ')}` : 'No such file.'
  throw new Error(
    `otpkit has no native addon for ${process.platform} ${process.arch} (Node ${process.version}). ` +
      `Looked for: ${looked.join(', ')}. ${why} ` +
      'If node_modules was copied from another system, install again on this one; if a bundler took it in, mark otpkit as external.',
    { cause: failures[0] },
  )
}

function candidates(): string[] {
  const base = `otpkit.${process.platform}-${process.arch}`
  if (process.platform === 'linux') {
    // A package holds one of them as a rule; where it holds both, the libc of this process decides.
    return isMusl() ? [`${base}-musl.node`] : [`${base}-gnu.node`]
  }
  return [process.platform === 'win32' ? `${base}-msvc.node` : `${base}.node`]
}

function isMusl(): boolean {
  // The loader of musl has one well-known path an architecture; a report of the process would cost milliseconds.
  const musl: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64', arm: 'armhf', ia32: 'i386' }
  const glibc = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1', '/lib/ld-linux-armhf.so.3', '/lib/ld-linux.so.2']
  return existsSync(`/lib/ld-musl-${musl[process.arch] ?? process.arch}.so.1`) && !glibc.some((file) => existsSync(file))
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
