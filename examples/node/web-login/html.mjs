// Markup is made by `html` only, and every value in it is escaped unless it is markup itself.

class Markup {
  #text
  constructor(text) {
    this.#text = text
  }
  toString() {
    return this.#text
  }
}

export function html(strings, ...values) {
  const safe = values.map((value) => (value instanceof Markup ? value : escape(String(value))))
  return new Markup(String.raw({ raw: strings }, ...safe))
}

/** An attribute that stands or does not. */
export function flag(attribute, stands) {
  return new Markup(stands ? ` ${attribute}` : '')
}

function escape(text) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replace(/[&<>"']/g, (c) => names[c])
}
