// All that the pages do beyond HTML: a double click sends once, typing goes on where it ended, and the wait until the
// next resend is counted down.

for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
    // Somebody may stop the loading and press again.
    setTimeout(() => delete form.dataset.sent, 5000)
  })
}
// A page that comes back from the browser's memory can be sent again.
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})

// Where a number waits to be put right, typing goes on at its end.
const field = document.querySelector('input[autofocus]')
field?.setSelectionRange(field.value.length, field.value.length)

const wait = document.getElementById('wait')
if (wait) countDown(wait, document.getElementById('resend'), document.getElementById('announcement'))

function countDown(wait, resend, announcement) {
  const { seconds, one, many, ready } = wait.dataset
  // Seconds from now rather than a time of day: this computer's clock may differ from the server's.
  const readyAt = performance.now() + Number(seconds) * 1000
  resend.setAttribute('aria-describedby', 'wait')
  resend.addEventListener('click', (event) => {
    if (performance.now() < readyAt) event.preventDefault()
  })
  show()

  function show() {
    const left = Math.ceil((readyAt - performance.now()) / 1000)
    // Not `disabled`: the button keeps its place in the order of Tab, and says why it waits.
    resend.setAttribute('aria-disabled', String(left > 0))
    if (left > 0) {
      wait.textContent = left === 1 ? one : many.replace('{n}', left)
      setTimeout(show, readyAt - performance.now() - (left - 1) * 1000)
      return
    }
    wait.textContent = ready
    // Said once, when it matters: a live region that counts every second would talk without end.
    if (Number(seconds) > 0) announcement.textContent = ready
  }
}
