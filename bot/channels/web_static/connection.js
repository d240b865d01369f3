/**
 * The page's line to the server: history, live stream, and an outbox that outlives bad
 * networks and reloads. A message keeps its client id through every attempt, so the
 * server takes it once however often it is sent.
 *
 * @typedef {{id: string, text: string, choice?: string}} Outgoing
 *
 * @typedef {Object} Page what the line reports to
 * @property {(messages: Object[]) => void} showHistory
 * @property {(message: Object) => void} showMessage
 * @property {(on: boolean) => void} setTyping
 * @property {(on: boolean) => void} setOnline
 * @property {(item: Outgoing) => void} showSending
 * @property {(item: Outgoing) => void} showSent
 * @property {(item: Outgoing, reason: ?string) => void} showUnsent it will be tried again
 * @property {(item: Outgoing, reason: ?string) => void} showRefused it will not
 * @property {() => void} forget the citizen had everything deleted
 */

const OUTBOX_KEY = 'chat-outbox';
const REQUEST_TIMEOUT_MS = 20000;
const REPLY_PATIENCE_MS = 15000;
const AWAY_MS = 30000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;
const WORTH_RETRYING = [408, 425, 429];

/** @returns {string} a random UUID; crypto.randomUUID is missing on old phones */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @returns {Outgoing[]} messages a previous load of this tab could not send */
function readOutbox() {
  try {
    return JSON.parse(sessionStorage.getItem(OUTBOX_KEY)) || [];
  } catch {
    return [];
  }
}

/**
 * Fetch that gives up, because a half-dead mobile network never does.
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
async function request(address, options) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), REQUEST_TIMEOUT_MS);
  try {
    return await fetch(address, { ...options, cache: 'no-store', signal: patience.signal });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Try once to hand a message to the server.
 * @param {Outgoing} item
 * @returns {Promise<{outcome: 'sent'|'unsent'|'refused', isNewSession?: boolean, error?: string, waitMs?: number}>}
 */
async function post(item) {
  let response;
  try {
    response = await request('/api/chat/messages', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(item),
    });
  } catch {
    return { outcome: 'unsent' };
  }
  const answer = (await response.json().catch(() => null)) || {};
  if (response.ok) return { outcome: 'sent', isNewSession: answer.new_session };
  const final = response.status >= 400 && response.status < 500 && !WORTH_RETRYING.includes(response.status);
  const waitMs = Number(response.headers.get('Retry-After')) * 1000 || undefined;
  return { outcome: final ? 'refused' : 'unsent', error: answer.error, waitMs };
}

/**
 * Open the line and keep it open.
 * @param {Page} page
 * @returns {{send: (text: string, choice?: string) => void, retry: () => void}}
 */
export function connect(page) {
  let outbox = readOutbox();
  let stream = null;
  let syncing = false;
  let posting = false;
  let retryMs = FIRST_RETRY_MS;
  let hiddenSince = 0;
  let parked = false;
  const timers = { sync: 0, flush: 0, reply: 0 };

  /** Run a step later, instead of any earlier plan for the same step. */
  function later(name, step, waitMs) {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(step, waitMs);
  }

  /** @returns {number} how long to wait now; doubles until something succeeds */
  function nextRetry() {
    const waitMs = retryMs;
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    return waitMs;
  }

  /** @param {Outgoing[]} items what is still to be sent, also after a reload */
  function setOutbox(items) {
    outbox = items;
    try {
      sessionStorage.setItem(OUTBOX_KEY, JSON.stringify(outbox));
    } catch {
      // Storage is full or switched off: the message then lives as long as the page.
    }
  }

  /** Fetch what is missing on the page, then listen from there. */
  async function sync() {
    if (syncing) return;
    syncing = true;
    clearTimeout(timers.sync);
    try {
      const response = await request('/api/chat/history');
      if (!response.ok) throw new Error(`history: ${response.status}`);
      const history = await response.json();
      const known = new Set(history.messages.map((message) => message.client_id));
      setOutbox(outbox.filter((item) => !known.has(item.id)));
      page.showHistory(history.messages);
      page.setTyping(Boolean(history.busy));
      listen(history.last);
      outbox.forEach(page.showSending);
      flush();
    } catch {
      page.setOnline(false);
      later('sync', sync, nextRetry());
    } finally {
      syncing = false;
    }
  }

  /** @param {number} last id of the newest message on the page */
  function listen(last) {
    if (stream) stream.close();
    parked = false;
    stream = new EventSource(`/api/chat/stream?after=${last || 0}`);
    stream.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      page.setOnline(true);
      flush();
    };
    stream.onmessage = (event) => {
      clearTimeout(timers.reply);
      page.showMessage(JSON.parse(event.data));
    };
    stream.addEventListener('typing', (event) => page.setTyping(JSON.parse(event.data).on));
    stream.addEventListener('forgotten', () => {
      page.forget();
      outbox.slice(posting ? 1 : 0).forEach(page.showSending);
    });
    // Another page of this browser needs the connection: this one waits until it is looked at.
    stream.addEventListener('parked', () => {
      stream.close();
      parked = true;
    });
    stream.onerror = () => {
      page.setTyping(false);
      page.setOnline(false);
      // The browser reconnects by itself, except when the server answered with an error.
      if (stream.readyState === EventSource.CLOSED) later('sync', sync, nextRetry());
    };
  }

  /** Send the outbox, oldest first, one message at a time. */
  async function flush() {
    if (posting || !outbox.length) return;
    posting = true;
    clearTimeout(timers.flush);
    const item = outbox[0];
    const { outcome, isNewSession, error, waitMs } = await post(item);
    posting = false;
    if (outcome === 'unsent') {
      outbox.forEach((waiting) => page.showUnsent(waiting, error));
      later('flush', flush, waitMs || nextRetry());
      return;
    }
    setOutbox(outbox.filter((waiting) => waiting.id !== item.id));
    if (outcome === 'sent') {
      retryMs = FIRST_RETRY_MS;
      page.showSent(item);
      // A proxy may hold the stream back; the history then brings the answer. In a new session the old stream is deaf.
      later('reply', sync, isNewSession || parked ? 0 : REPLY_PATIENCE_MS);
    } else {
      page.showRefused(item, error);
    }
    flush();
  }

  window.addEventListener('online', sync);
  window.addEventListener('offline', () => page.setOnline(false));
  window.addEventListener('pageshow', (event) => event.persisted && sync());
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) hiddenSince = Date.now();
    else if (parked || Date.now() - hiddenSince > AWAY_MS) sync();
  });
  window.addEventListener('focus', () => parked && sync());
  sync();

  return {
    send(text, choice) {
      const item = { id: newId(), text, ...(choice && { choice }) };
      setOutbox([...outbox, item]);
      page.showSending(item);
      flush();
    },
    retry() {
      outbox.forEach(page.showSending);
      flush();
    },
  };
}
