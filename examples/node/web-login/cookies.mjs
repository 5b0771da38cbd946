// What a browser holds for us. Three cookies, each HttpOnly (no script reads them) and SameSite=Lax:
//   pending  sealed: the id of the verification under way, and what the code page shows
//   notice   sealed: one sentence for the next page
//   account  opaque: the name of a sign-in that this server keeps, so that signing out really ends it
// Sealed means encrypted and authenticated: the browser can neither read it nor change it nor make one up.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const NONCE = 12
const TAG = 16

/** Seals small values into cookies and opens them again. */
export class Sealer {
  #key

  /** Without a secret a random one serves this process: a restart then ends what is under way. */
  constructor(secret = randomBytes(32)) {
    // A key of its own, so that one secret can serve otpkit and this page.
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'web-login cookie', 32))
  }

  seal(name, value, seconds) {
    const nonce = randomBytes(NONCE)
    // The name is part of what is authenticated: a notice cannot be passed off as a pending verification.
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(name))
    const text = JSON.stringify({ value, until: Date.now() + seconds * 1000 })
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url')
  }

  /** The value, or undefined if the cookie is missing, old, changed or not ours. */
  open(name, sealed) {
    if (sealed === undefined) return undefined
    try {
      const bytes = Buffer.from(sealed, 'base64url')
      const [nonce, tag] = [bytes.subarray(0, NONCE), bytes.subarray(-TAG)]
      const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG })
      decipher.setAAD(Buffer.from(name)).setAuthTag(tag)
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()])
      const { value, until } = JSON.parse(text)
      return Date.now() < until ? value : undefined
    } catch {
      return undefined
    }
  }
}

/** Who is signed in. Replace it by your own store when more than one process serves your site. */
export class SignIns {
  #byId = new Map()
  #most = 10_000

  /** A fresh id at every sign-in: an id that somebody planted in the browser before is worth nothing. */
  add(phone, seconds) {
    const id = randomBytes(32).toString('base64url')
    this.#byId.set(id, { phone, until: Date.now() + seconds * 1000 })
    // Bounded: the oldest goes first.
    if (this.#byId.size > this.#most) this.remove(this.#byId.keys().next().value)
    return id
  }

  find(id) {
    const found = this.#byId.get(id)
    if (found && found.until <= Date.now()) this.remove(id)
    return found && found.until > Date.now() ? found : undefined
  }

  remove(id) {
    this.#byId.delete(id)
  }
}

/** The cookies of one request, and those that its answer sets. */
export class Cookies {
  #header
  #secure
  #set = new Map()

  constructor(header, secure) {
    this.#header = header ?? ''
    this.#secure = secure
  }

  get(name) {
    const wanted = this.#name(name)
    for (const pair of this.#header.split(';')) {
      const [key, value] = pair.trim().split('=', 2)
      if (key === wanted) return value
    }
    return undefined
  }

  set(name, value, seconds) {
    this.#set.set(name, `${this.#name(name)}=${value}; Max-Age=${seconds}; ${this.#flags()}`)
  }

  clear(name) {
    this.#set.set(name, `${this.#name(name)}=; Max-Age=0; ${this.#flags()}`)
  }

  /** For the `Set-Cookie` headers. */
  toSet() {
    return [...this.#set.values()]
  }

  // Over https the prefix makes the browser insist on Secure, on this host and on the whole path, so that neither
  // a neighbouring subdomain nor a page without TLS can plant a cookie of this name.
  #name(name) {
    return this.#secure ? `__Host-${name}` : name
  }

  #flags() {
    return `Path=/; HttpOnly; SameSite=Lax${this.#secure ? '; Secure' : ''}`
  }
}
