// The pages, made on the server: complete without scripts. `page.js` adds comfort only.

import { randomBytes } from 'node:crypto'
import { flag, html } from './html.mjs'

// Notices that are no refusals.
const GOOD = new Set(['resent', 'already', 'signedOut'])

/** Step 1: the phone number. */
export function phonePage({ words, notice, inbox }) {
  const wrong = notice !== undefined && !GOOD.has(notice.kind)
  const invalid = notice?.kind === 'phone' || notice?.kind === 'country'
  return page({
    words,
    title: words.signIn,
    wrong,
    inbox,
    body: html`
      <h1>${words.signIn}</h1>
      ${invalid ? '' : said(words, notice)}
      <form method="post" action="/start">
        ${nonce()}
        <p class="hint" id="phone-intro">${words.phoneIntro}</p>
        <label for="phone">${words.phone}</label>
        ${invalid ? said(words, notice) : ''}
        <input id="phone" name="phone" type="tel" autocomplete="tel" maxlength="40" value="${notice?.typed ?? ''}" autofocus
          aria-required="true" aria-describedby="${notice ? 'notice ' : ''}phone-hint phone-intro"${flag('aria-invalid="true"', invalid)}>
        <p class="hint small" id="phone-hint">${words.phoneHint}${words.gap}<span class="number">${words.phoneExample}</span></p>
        <button class="primary">${words.send}</button>
      </form>`,
  })
}

/** Step 2: the code. `resendIn` are seconds, `minutes` how long the code lives. */
export function codePage({ words, notice, inbox, masked, resendIn, minutes }) {
  const wrong = notice !== undefined && !GOOD.has(notice.kind)
  // The field is at fault for these two only; the others are about the call.
  const invalid = notice?.kind === 'wrong' || notice?.kind === 'shape'
  return page({
    words,
    title: words.codeTitle,
    wrong,
    inbox,
    body: html`
      <h1>${words.codeTitle}</h1>
      ${invalid ? '' : said(words, notice)}
      <form method="post" action="/check">
        ${nonce()}
        <p class="hint" id="code-hint">${words.sentTo}${words.gap}${recipient(words, masked)}${words.gap}${words.validFor(minutes)}</p>
        <label for="code">${words.code}</label>
        ${invalid ? said(words, notice) : ''}
        <input id="code" class="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="20"
          autocapitalize="off" autocorrect="off" spellcheck="false" autofocus aria-required="true"
          aria-describedby="${notice ? 'notice ' : ''}code-hint"${flag('aria-invalid="true"', invalid)}>
        <button class="primary">${words.signIn}</button>
      </form>
      <section class="other">
        <p class="hint">${words.nothingCame}${words.gap}<span id="wait" data-seconds="${resendIn}"
          data-one="${words.mayAskIn(1)}" data-many="${words.mayAskIn('{n}')}" data-ready="${words.mayAskNow}">${resendIn > 0 ? words.mayAskIn(resendIn) : words.mayAskNow}</span></p>
        <p class="unseen" id="announcement" role="status"></p>
        <div class="row">
          <form method="post" action="/resend">${nonce()}<button id="resend">${words.resend}</button></form>
          <form method="post" action="/another">${nonce()}<button class="quiet">${words.another}</button></form>
        </div>
      </section>`,
  })
}

/** Step 3: inside. */
export function accountPage({ words, phone }) {
  return page({
    words,
    title: words.welcome,
    body: html`
      ${CHECK_MARK}
      <h1 tabindex="-1" autofocus>${words.welcome}</h1>
      <p class="hint">${words.welcomeAs}</p>
      <p class="phone" id="signed-in-as">${phone}</p>
      <form method="post" action="/sign-out">${nonce()}<button>${words.signOut}</button></form>`,
  })
}

/** A refusal: wrong address, wrong origin, a defect. */
export function failurePage({ words, status }) {
  return page({
    words,
    title: words.problem,
    body: html`
      <h1>${words.problem}</h1>
      <p class="hint">${words.failures[status] ?? words.failures[500]}</p>
      <p><a href="/">${words.home}</a></p>`,
  })
}

function page({ words, title, wrong = false, inbox, body }) {
  // A title that begins with the problem is the first thing that a screen reader says.
  const heading = wrong ? `${words.problem}: ${title}` : title
  return String(html`<!doctype html>
<html lang="${words.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading} · ${words.brand}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<header><a href="/" class="brand"><img src="/icon.svg" alt="" width="32" height="32">${words.brand}</a></header>
<main class="card">${body}
</main>
<footer>${inbox ? html`<p>${words.inbox}${words.gap}<a href="${inbox}" target="_blank" rel="noopener">${words.inboxLink}</a>${words.fullStop}</p>` : ''}</footer>
</body>
</html>
`)
}

function said(words, notice) {
  if (notice === undefined) return ''
  const sentence = words.notices[notice.kind]
  const text = typeof sentence === 'function' ? sentence(notice) : sentence
  return html`<p class="notice${GOOD.has(notice.kind) ? ' good' : ''}" id="notice" data-kind="${notice.kind}">${text}</p>`
}

/** A row of stars is for the eye; read out, it is the digits at the end that tell. */
function recipient(words, masked) {
  const digits = masked.slice(masked.lastIndexOf('*') + 1)
  const shown = masked.replace(/\*+/, ' ••• ')
  return html`<span class="number" aria-hidden="true">${shown}${words.stop}</span><span
          class="unseen">${words.endingIn(digits)}${words.stop}</span>`
}

/** Names this copy of a form, so that the server knows a second submission of it (see `once` in server.mjs). */
function nonce() {
  return html`<input type="hidden" name="form" value="${randomBytes(16).toString('base64url')}">`
}

const CHECK_MARK = html`<svg class="mark" viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="22"/><path d="m15 25 6.5 6.5L34 18"/>
      </svg>`
