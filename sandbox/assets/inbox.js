// Keeps the inbox page current, and makes it quick to use by keyboard.
// What arrived from outside reaches the page through textContent and attributes only, never as markup.

const element = (id) => document.getElementById(id);
const list = element('messages');
const filter = element('filter');
const clearButton = element('clear');
const keep = Number(document.body.dataset.keep);
const plainTitle = document.title;

const REDIAL_MS = 2000;
const FEEDBACK_MS = 1600;

// Rows by id and time of arrival: ids start again with the server, and a row of the last run is another message.
const rows = new Map();
// While the list is being read, changes wait here. Each may be in the list already; applying one twice does no harm.
let waiting = null;
let unseen = 0;

start();

function start() {
  document.documentElement.classList.add('scripted');
  element('older').hidden = true;
  for (const item of list.children) adopt(item);
  filter.addEventListener('input', filterTyped);
  element('filter-form').addEventListener('submit', (event) => event.preventDefault());
  element('show-all').addEventListener('click', endFilter);
  clearButton.addEventListener('click', clearInbox);
  list.addEventListener('click', copyClicked);
  list.addEventListener('focusin', (event) => makeCurrent(event.target.closest('.message')));
  element('copy-command').addEventListener('click', (event) => copy(element('command').textContent, event.currentTarget, element('command'), 'Command'));
  document.addEventListener('keydown', keyPressed);
  document.addEventListener('visibilitychange', showUnseen);
  setInterval(showTimes, 5000);
  applyFilter();
  showTimes();
  connect();
}

// The connection

function connect() {
  const events = new EventSource('/api/events');
  events.addEventListener('open', () => {
    showState('live', 'Live');
    reload();
  });
  events.addEventListener('message', (event) => change({ message: JSON.parse(event.data) }));
  events.addEventListener('cleared', () => change({ cleared: true }));
  events.addEventListener('error', () => {
    showState('lost', 'Reconnecting');
    // The browser tries again by itself after a lost connection, but not after an answer that was no event stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, REDIAL_MS);
  });
}

async function reload() {
  waiting = [];
  try {
    const answer = await fetch('/api/messages');
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    showAll((await answer.json()).messages);
    showNotice('');
  } catch (error) {
    // A lost connection shows as such, and its return reads the list again.
    if (element('state').dataset.state === 'live') showNotice(`The messages could not be read (${error.message}). Reload this page.`);
  }
  const changes = waiting ?? [];
  waiting = null;
  changes.forEach(change);
}

function change(what) {
  if (waiting) {
    waiting.push(what);
  } else if (what.cleared) {
    showAll([]);
  } else if (!rows.has(keyOf(what.message.id, what.message.received_at))) {
    showNew(what.message);
  }
}

function showState(state, text) {
  element('state').dataset.state = state;
  element('state-text').textContent = text;
}

// Rows

function showNew(message) {
  const item = rowOf(message);
  list.prepend(item);
  adopt(item);
  item.firstElementChild.classList.add('arrived');
  while (list.children.length > keep) forget(list.lastElementChild);
  applyFilter();
  if (item.hidden) return;
  announce(`New message to ${message.to}${message.code ? `, code ${spelt(message.code)}` : ''}`);
  if (document.hidden) unseen += 1;
  showUnseen();
}

// Brings the list to these messages, newest first. Rows that stay are not touched, so that focus and selection live.
function showAll(messages) {
  const wanted = new Set(messages.map((message) => keyOf(message.id, message.received_at)));
  for (const [key, item] of rows) if (!wanted.has(key)) forget(item);
  let next = list.firstElementChild;
  for (const message of messages) {
    const item = rows.get(keyOf(message.id, message.received_at));
    if (item) {
      next = item.nextElementSibling;
    } else {
      const added = rowOf(message);
      list.insertBefore(added, next);
      adopt(added);
    }
  }
  applyFilter();
}

function rowOf(message) {
  const item = element('row').content.firstElementChild.cloneNode(true);
  const article = item.firstElementChild;
  const symbol = element(`channel-${message.channel.toLowerCase()}`);
  const label = symbol?.dataset.label;
  article.dataset.id = message.id;
  article.setAttribute('aria-labelledby', `to-${message.id}`);
  article.querySelector('h3').id = `to-${message.id}`;
  if (label) article.querySelector('.badge use').setAttribute('href', `#${symbol.id}`);
  fill(article, 'channel', label ?? message.channel);
  for (const name of ['to', 'text', 'code', 'subject', 'id']) fill(article, name, message[name]);
  for (const name of ['purpose', 'tenant', 'provider', 'locale']) fill(article, name, message[name]).parentElement.hidden = !message[name];
  part(article, 'time').dateTime = message.received_at;
  return item;
}

function fill(article, name, value) {
  const node = part(article, name);
  node.textContent = value ?? '';
  node.hidden = !value;
  return node;
}

function part(article, name) {
  return article.querySelector(`[data-part="${name}"]`);
}

// Takes a row of the page, whoever made it, under care.
function adopt(item) {
  const article = item.firstElementChild;
  const time = part(article, 'time');
  const code = part(article, 'code');
  const copyButton = part(article, 'copy');
  rows.set(keyOf(article.dataset.id, time.dateTime), item);
  article.tabIndex = -1;
  copyButton.setAttribute('aria-label', code.hidden ? 'Copy text' : `Copy code ${code.textContent}`);
  part(copyButton, 'copy-label').textContent = code.hidden ? 'Copy text' : 'Copy';
  time.title = exactTime(time.dateTime);
  showTime(time);
}

function forget(item) {
  const article = item.firstElementChild;
  rows.delete(keyOf(article.dataset.id, part(article, 'time').dateTime));
  item.remove();
}

function keyOf(id, receivedAt) {
  return `${id} ${receivedAt}`;
}

// The filter

function applyFilter() {
  const wanted = bare(filter.value);
  let shown = 0;
  for (const item of list.children) {
    item.hidden = !bare(part(item, 'to').textContent).includes(wanted);
    if (!item.hidden) shown += 1;
  }
  const all = list.children.length;
  element('count').hidden = shown === 0;
  element('count').textContent = `${shown === all ? '' : `${shown} of `}${all} ${all === 1 ? 'message' : 'messages'}`;
  element('empty').hidden = all > 0;
  element('nothing-found').hidden = all === 0 || shown > 0;
  clearButton.setAttribute('aria-disabled', String(all === 0));
  makeCurrent(focusedMessage() ?? visibleMessages()[0]);
  const address = new URL(location.href);
  if (filter.value) address.searchParams.set('to', filter.value);
  else address.searchParams.delete('to');
  if (address.href !== location.href) history.replaceState(null, '', address);
}

function filterTyped() {
  applyFilter();
  announce(visibleMessages().length > 0 ? element('count').textContent : 'No message for this filter');
}

function endFilter(event) {
  event?.preventDefault();
  filter.value = '';
  applyFilter();
}

// As the server compares: blanks, "-", "(", ")" and "+" do not count, nor does case.
function bare(recipient) {
  return recipient.replace(/[\s()+-]/g, '').toLowerCase();
}

async function clearInbox() {
  if (list.children.length === 0) return;
  try {
    const answer = await fetch('/api/messages', { method: 'DELETE' });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    showNotice('');
    announce('Inbox cleared');
  } catch (error) {
    showNotice(`The inbox could not be cleared (${error.message}). Is the sandbox still running?`);
  }
}

// Keys

function keyPressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest('input');
  if (event.key === 'Escape') {
    if (filter.value) endFilter(event);
    else typing?.blur();
    return;
  }
  if (event.key === 'ArrowDown' || (event.key === 'j' && !typing)) move(event, 1);
  else if (!typing && (event.key === 'ArrowUp' || event.key === 'k')) move(event, -1);
  else if (!typing && event.key === '/') focusFilter(event);
  else if (!typing && event.key === 'c') copyMessage(focusedMessage() ?? visibleMessages()[0]);
  else if (event.key === 'Enter' && event.target.matches('.message')) copyMessage(event.target);
}

function move(event, step) {
  if (event.shiftKey) return;
  const messages = visibleMessages();
  const at = messages.indexOf(focusedMessage());
  const next = messages[at < 0 ? 0 : at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

function focusFilter(event) {
  event.preventDefault();
  filter.focus();
  filter.select();
}

function visibleMessages() {
  return [...list.querySelectorAll('li:not([hidden]) > .message')];
}

function focusedMessage() {
  return document.activeElement?.closest('.message') ?? undefined;
}

// One message at a time is reached by Tab: the one that has the focus, else the newest.
function makeCurrent(message) {
  for (const other of list.querySelectorAll('.message[tabindex="0"]')) other.tabIndex = -1;
  if (message) message.tabIndex = 0;
}

// Copying

function copyClicked(event) {
  const button = event.target.closest('[data-part="copy"]');
  if (button) copyMessage(button.closest('.message'));
}

function copyMessage(message) {
  if (!message) return;
  const code = part(message, 'code');
  const source = code.hidden ? part(message, 'text') : code;
  copy(source.textContent, part(message, 'copy'), source, code.hidden ? 'Text' : 'Code');
}

async function copy(text, button, source, what) {
  if (!(await toClipboard(text))) {
    getSelection().selectAllChildren(source);
    announce(`${what} selected: press Ctrl and C to copy it`);
    return;
  }
  announce(`${what} copied`);
  const label = part(button, 'copy-label');
  const use = button.querySelector('use');
  button.dataset.label ??= label.textContent;
  label.textContent = 'Copied';
  use.setAttribute('href', '#icon-done');
  button.classList.add('copied');
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => {
    label.textContent = button.dataset.label;
    use.setAttribute('href', '#icon-copy');
    button.classList.remove('copied');
  }, FEEDBACK_MS);
}

// Browsers give the clipboard to pages of this computer; a page of another one (--allow-remote) falls to the caller.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

// Words and times

function announce(text) {
  element('announcement').textContent = text;
}

function showNotice(text) {
  element('notice').textContent = text;
  element('notice').hidden = text === '';
}

function showUnseen() {
  if (!document.hidden) unseen = 0;
  document.title = unseen > 0 ? `(${unseen}) ${plainTitle}` : plainTitle;
}

// Read out digit by digit, not as a number.
function spelt(code) {
  return [...code].join(' ');
}

function showTimes() {
  for (const item of list.children) showTime(part(item, 'time'));
}

function showTime(time) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
  if (seconds < 10) time.textContent = 'just now';
  else if (seconds < 60) time.textContent = `${seconds - (seconds % 5)} s ago`;
  else if (seconds < 3600) time.textContent = `${Math.floor(seconds / 60)} min ago`;
  else if (seconds < 86400) time.textContent = `${Math.floor(seconds / 3600)} h ago`;
  else time.textContent = new Date(time.dateTime).toLocaleDateString();
}

function exactTime(receivedAt) {
  return new Date(receivedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}
