/** The citizen's chat page: the log, the composer and the header, over one connection. */

import { connect } from './connection.js';
import { continues, drawChoices, drawMessage, element, setStatus } from './messages.js';
import { readAloud } from './read_aloud.js';
import { connectUploads } from './uploads.js';

const LONGEST_TEXT = Number(document.body.dataset.longestText);
const COUNTER_FROM = LONGEST_TEXT * 0.9;
const COUNTER_PAUSE_MS = 400;
const OFFLINE_GRACE_MS = 3000;
const LARGE_TYPE_KEY = 'large-type';
const TEXTS = {
  empty: 'Mời nhập câu hỏi vào ô bên dưới, ví dụ: “Đăng ký khai sinh cần giấy tờ gì?”',
  noCookies: 'Trình duyệt đang chặn cookie nên chưa trò chuyện được. Vui lòng cho phép cookie rồi tải lại trang.',
  offline: 'Mất kết nối. Trang sẽ tự kết nối lại, tin chưa gửi sẽ được gửi tiếp.',
  typing: 'Đang soạn câu trả lời…',
  sending: 'Đang gửi…',
  unsent: 'Chưa gửi được. Hệ thống sẽ tự gửi lại.',
  sendAgain: 'Gửi lại',
  refused: 'Tin này không gửi được.',
  edit: 'Sửa lại',
  left: (count) => `Còn ${count} ký tự.`,
  tooLong: (count) => `Tin dài quá ${count} ký tự. Vui lòng rút gọn hoặc chia thành nhiều tin.`,
};

const byId = (id) => document.getElementById(id);
const log = byId('log');
const composer = byId('composer');
const field = byId('text');
const newest = byId('newest');
const pageTitle = document.title;
const voice = readAloud(byId('read-aloud'), byId('voice'));

/** Server ids already on the page, and the citizen's own messages by client id (data-waiting: not seen by the server yet). */
const shownIds = new Set();
const ownMessages = new Map();
let atEnd = true;
let question = null;
let unread = 0;
let offlineTimer = 0;
let counterTimer = 0;

/* ---- The log ---- */

/** Go to the newest message, but keep the question in view above a long answer; of a very long question its end. */
function scrollToNewest() {
  const page = document.scrollingElement;
  let top = page.scrollHeight - window.innerHeight;
  if (question && question.isConnected) {
    const covered = parseFloat(getComputedStyle(page).scrollPaddingTop) || 0;
    const box = question.getBoundingClientRect();
    top = Math.min(top, window.scrollY + Math.max(box.top - covered, box.bottom - window.innerHeight / 3));
  }
  window.scrollTo(0, Math.max(0, top));
}

/**
 * Take the quick replies away; focus inside them moves to the message that replaced them.
 * @param {HTMLElement} next
 */
function removeChoices(next) {
  log.querySelectorAll('.offers').forEach((choices) => {
    if (choices.contains(document.activeElement)) next.focus({ preventScroll: true });
    choices.remove();
  });
}

/** @param {?HTMLElement} drawn its heading is left out when it only goes on */
function joinToBefore(drawn) {
  if (drawn) drawn.classList.toggle('continued', continues(drawn, drawn.previousElementSibling));
}

/**
 * Put a drawn message in its place: by server id, and before what the server has not seen yet.
 * @param {HTMLElement} drawn
 * @param {?number} id
 */
function place(drawn, id) {
  const isLater = (other) => Number(other.dataset.id) > id || 'waiting' in other.dataset;
  if (id) drawn.dataset.id = id;
  log.insertBefore(drawn, (id && Array.from(log.children).find(isLater)) || null);
  joinToBefore(drawn);
  joinToBefore(drawn.nextElementSibling);
  byId('empty').hidden = true;
}

/**
 * The server has one of the citizen's own messages; it may have masked what nobody should know.
 * @param {HTMLElement} own
 * @param {import('./messages.js').Message} message
 */
function confirmOwn(own, message) {
  own.dataset.id = message.id;
  delete own.dataset.waiting;
  own.querySelector('.text').textContent = message.text;
  setStatus(own);
}

/** @param {import('./messages.js').Message} message from the server, perhaps already shown */
function showMessage(message) {
  if (shownIds.has(message.id)) return;
  shownIds.add(message.id);
  const own = ownMessages.get(message.client_id);
  if (own) {
    confirmOwn(own, message);
    return;
  }
  const follow = atEnd;
  const drawn = drawMessage(message);
  place(drawn, message.id);
  if (drawn === log.lastElementChild) {
    removeChoices(drawn);
    if (message.from === 'citizen') question = drawn;
    else if (message.choices && message.choices.length) drawn.append(drawChoices(message.choices, choose));
    drawn.classList.toggle('walk', Boolean(message.progress));
  }
  if (message.from !== 'citizen') {
    setTyping(false);
    voice.say(message);
  }
  if (follow) scrollToNewest();
  if (document.hidden && message.from !== 'citizen') {
    unread += 1;
    document.title = `(${unread}) ${pageTitle}`;
  }
}

/** @param {import('./messages.js').Message[]} messages */
function showHistory(messages) {
  const isFirst = log.getAttribute('aria-busy') === 'true';
  // A returning citizen's old messages are not news: they are shown without being read out.
  if (isFirst) log.setAttribute('aria-live', 'off');
  messages.forEach(showMessage);
  if (isFirst) {
    log.removeAttribute('aria-busy');
    setTimeout(() => log.setAttribute('aria-live', 'polite'), 1000);
    byId('empty').textContent = TEXTS.empty;
  }
}

/** The citizen had everything deleted: nothing of it stays on the screen either. */
function forget() {
  log.textContent = '';
  ownMessages.clear();
  question = null;
}

/** @param {boolean} on */
function setTyping(on) {
  const typing = byId('typing');
  if (on === typing.hasChildNodes()) return;
  const follow = atEnd;
  if (on) typing.append(element('span', 'dots'), element('span', '', TEXTS.typing));
  else typing.textContent = '';
  if (follow) scrollToNewest();
}

/** @param {boolean} on short breaks, such as a server restart, are not worth a banner */
function setOnline(on) {
  const banner = byId('offline');
  if (on) {
    clearTimeout(offlineTimer);
    offlineTimer = 0;
    banner.textContent = '';
  } else if (!offlineTimer) {
    const graceMs = navigator.onLine ? OFFLINE_GRACE_MS : 0;
    offlineTimer = setTimeout(() => { banner.textContent = TEXTS.offline; }, graceMs);
  }
}

/* ---- The citizen's own messages ---- */

/** @param {import('./connection.js').Outgoing} item */
function showSending(item) {
  let own = ownMessages.get(item.id);
  if (!own) {
    voice.stop();
    own = drawMessage({ from: 'citizen', text: item.text, at: new Date().toISOString() });
    own.dataset.waiting = '';
    ownMessages.set(item.id, own);
    place(own, null);
    removeChoices(own);
    question = own;
    scrollToNewest();
  }
  setStatus(own, TEXTS.sending);
}

/** @param {import('./connection.js').Outgoing} item */
function showSent(item) {
  const own = ownMessages.get(item.id);
  if (own) setStatus(own);
}

/**
 * @param {import('./connection.js').Outgoing} item
 * @param {?string} reason
 */
function showUnsent(item, reason) {
  const own = ownMessages.get(item.id);
  if (!own) return;
  setStatus(own, reason || TEXTS.unsent, { label: TEXTS.sendAgain, press: line.retry });
  if (atEnd) scrollToNewest();
}

/**
 * The server will never take this one: say why and give the text back for editing.
 * @param {import('./connection.js').Outgoing} item
 * @param {?string} reason
 */
function showRefused(item, reason) {
  const own = ownMessages.get(item.id);
  if (!own) return;
  delete own.dataset.waiting;
  const press = () => {
    own.remove();
    field.value = [field.value, item.text].filter(Boolean).join('\n');
    fieldChanged();
    field.focus();
  };
  setStatus(own, reason || TEXTS.refused, { label: TEXTS.edit, press });
  if (atEnd) scrollToNewest();
}

/** A file that was not taken: say why, and offer to send it again. */
function showFileFailed(item, reason, again) {
  const own = ownMessages.get(item.id);
  setStatus(own, reason, { label: TEXTS.sendAgain, press: again });
  if (atEnd) scrollToNewest();
}

/** @param {import('./messages.js').Choice} choice */
function choose(choice) {
  line.send(choice.label, choice.id);
}

/* ---- The composer ---- */

/** Let the field grow with its text, up to the height set in the style sheet. */
function fieldChanged() {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  clearTimeout(counterTimer);
  // After a pause only: a screen reader should not count every key.
  counterTimer = setTimeout(updateCounter, field.value ? COUNTER_PAUSE_MS : 0);
}

/** Near the limit, say how much room is left. */
function updateCounter() {
  const left = LONGEST_TEXT - field.value.length;
  let text = '';
  if (left < 0) text = TEXTS.tooLong(LONGEST_TEXT);
  else if (field.value.length >= COUNTER_FROM) text = TEXTS.left(left);
  byId('counter').textContent = text;
  byId('counter').classList.toggle('over', left < 0);
  field.setAttribute('aria-invalid', String(left < 0));
}

/** Send what is written; an empty or too long text stays where it is. */
function submit() {
  const text = field.value.trim().normalize('NFC');
  if (!text || text.length > LONGEST_TEXT) {
    updateCounter();
    field.focus();
    return;
  }
  field.value = '';
  fieldChanged();
  line.send(text);
}

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
});
field.addEventListener('input', fieldChanged);
field.addEventListener('keydown', (event) => {
  // Vietnamese input methods end a word with Enter too; keyCode 229 is how Safari says so.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});

/* ---- Header, scrolling and window ---- */

document.querySelectorAll('#tools [data-choice]').forEach((button) => {
  button.addEventListener('click', (event) => {
    const isDoubleClick = event.detail > 1;
    if (!isDoubleClick) choose({ id: button.dataset.choice, label: button.textContent });
  });
});

/** @param {boolean} on */
function setLargeType(on) {
  document.documentElement.classList.toggle('large-type', on);
  byId('large-type').setAttribute('aria-pressed', String(on));
  fieldChanged();
}

byId('large-type').addEventListener('click', () => {
  const on = !document.documentElement.classList.contains('large-type');
  setLargeType(on);
  try {
    localStorage.setItem(LARGE_TYPE_KEY, on ? 'on' : 'off');
  } catch {
    // Storage is switched off: the choice then lasts as long as the page.
  }
});

newest.addEventListener('click', () => {
  log.lastElementChild.focus({ preventScroll: true });
  window.scrollTo(0, document.scrollingElement.scrollHeight);
});

new IntersectionObserver((changes) => {
  atEnd = changes[changes.length - 1].isIntersecting;
  // Reached by keyboard, the button may scroll to the end itself and go: focus must not go with it.
  if (atEnd && document.activeElement === newest) field.focus({ preventScroll: true });
  newest.hidden = atEnd || !log.children.length;
}, { rootMargin: '0px 0px -32px 0px' }).observe(byId('end'));

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  unread = 0;
  document.title = pageTitle;
});

if (window.visualViewport) {
  // On iPhones the keyboard covers the page instead of shrinking it: lift the composer over it.
  window.visualViewport.addEventListener('resize', () => {
    const { height, offsetTop, scale } = window.visualViewport;
    const covered = scale === 1 ? Math.max(0, window.innerHeight - height - offsetTop) : 0;
    byId('dock').style.bottom = `${covered}px`;
  });
}

/** Tell the style sheet how high the bars are, and keep the newest message clear of them. */
function refit() {
  const sizes = document.documentElement.style;
  sizes.setProperty('--top-height', `${byId('top').offsetHeight}px`);
  sizes.setProperty('--brand-height', `${byId('tools').offsetTop - 4}px`);
  sizes.setProperty('--dock-height', `${byId('dock').offsetHeight}px`);
  // Who reads the end stays there: bars change their height when "Xem tiếp" goes.
  if (atEnd) window.scrollTo(0, document.scrollingElement.scrollHeight);
}

refit();
window.addEventListener('resize', refit);
if (window.ResizeObserver) {
  const bars = new ResizeObserver(refit);
  bars.observe(byId('top'));
  bars.observe(byId('dock'));
}

window.history.scrollRestoration = 'manual';
let largeType = null;
try {
  largeType = localStorage.getItem(LARGE_TYPE_KEY);
} catch {
  // Storage is switched off.
}
setLargeType(largeType === 'on');
let line = null;
if (navigator.cookieEnabled) {
  log.setAttribute('aria-busy', 'true');
  line = connect({
    showHistory, showMessage, setTyping, setOnline, showSending, showSent, showUnsent, showRefused, forget,
  });
  connectUploads(byId('attach'), byId('files'), { showSending, showSent, showFailed: showFileFailed });
} else {
  byId('empty').textContent = TEXTS.noCookies;
  document.querySelectorAll('#composer *, #tools [data-choice]').forEach((control) => { control.disabled = true; });
}
