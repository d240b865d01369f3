/**
 * Drawing of messages. Server data enters the page through textContent only, and an
 * address becomes a link only when its host is on the page's list.
 *
 * @typedef {{id: string, label: string}} Choice
 * @typedef {{sources?: {title: string, url: ?string}[], legal_basis?: string[],
 *            verified_on?: ?string, notes?: string[]}} Footer
 * @typedef {{id: ?number, from: 'citizen'|'bot'|'staff', text: string, choices?: Choice[],
 *            file?: ?{id: number, name: string, media_type: string}, footer?: ?Footer, links?: {title: string, url: string}[], at: string, client_id?: ?string}} Message
 */

const ASK_VERDICT = 'Câu trả lời này giúp được bà con không?';
const AUTHORS = { citizen: 'Bạn', bot: 'Trợ lý tự động', staff: 'Cán bộ hỗ trợ' };
const WORDS = /(\s+)|(?=https:\/\/)/;
const IN_PUNCTUATION = /^([("'“‘[{<]*)(.*?)([.,;:!?)\]}>…'"’”]*)$/;
const BARE_ADDRESS = /^(?:[a-z0-9-]+\.){2,}[a-z]{2,}(?:[/?#].*)?$/i;
const LIST_ITEM = /^(?:•|-|\d{1,2}\.)\s/;
const STEP_NUMBER = /^Bước \d+(?:\/\d+)?:/;
const LONGEST_TITLE = 90;
const VERDICT = /^f:[yn]:/;
const SAME_BREATH_MS = 5 * 60 * 1000;

/**
 * Make an element with a class and, when given, a text.
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 * @returns {HTMLElement}
 */
export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * The address to link to, or null when the page must not link there.
 * @param {?string} address
 * @returns {?string}
 */
function allowedAddress(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== 'https:' || url.username || url.password || url.port) return null;
  const hosts = (document.body.dataset.linkHosts || '').split(',').map((host) => host.trim().toLowerCase());
  const listed = hosts.some((host) => host && (url.hostname === host || url.hostname.endsWith(`.${host}`)));
  return listed ? url.href : null;
}

/**
 * A link that opens beside the chat, or plain text when the address is not allowed.
 * @param {string} label
 * @param {?string} address
 * @returns {Node}
 */
function linkOrText(label, address) {
  const href = allowedAddress(address);
  if (!href) return document.createTextNode(label);
  const link = element('a', '');
  // A long address may break before a slash rather than inside a word.
  (label.match(/https:\/\/[^/]+|\/*[^/]+|\/+/g) || []).forEach((piece) => link.append(piece, element('wbr', '')));
  link.href = href;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.append(element('span', 'unseen', ' (mở trang mới)'));
  return link;
}

/**
 * Append text, with its allowed addresses as links, also those written without https://.
 * @param {HTMLElement} parent
 * @param {string} text
 */
function appendLinked(parent, text) {
  text.split(WORDS).filter(Boolean).forEach((word) => {
    const [, before, address, after] = word.match(IN_PUNCTUATION) || [word, word, '', ''];
    if (address.startsWith('https://')) parent.append(before, linkOrText(address, address), after);
    else if (BARE_ADDRESS.test(address)) parent.append(before, linkOrText(address, `https://${address}`), after);
    else parent.append(word);
  });
  parent.normalize();
}

/**
 * What the bot or staff say, a paragraph a line: the name of what it is about stands out, list items hang.
 * @param {HTMLElement} parent
 * @param {string} text
 */
function appendLines(parent, text) {
  const lines = text.split('\n').filter((line) => line.trim());
  lines.forEach((line, index) => {
    const drawn = element('p', LIST_ITEM.test(line) ? 'line item' : 'line');
    const isTitle = index === 0 && lines.length > 1 && line.length <= LONGEST_TITLE && !/[.!?:;…]$/.test(line);
    const [step] = line.match(STEP_NUMBER) || [''];
    if (isTitle) drawn.classList.add('title');
    if (step) drawn.append(element('strong', '', step));
    appendLinked(drawn, line.slice(step.length));
    parent.append(drawn);
  });
}

/**
 * Clock time, with the day in front when it is not today.
 * @param {string} at ISO time
 * @returns {HTMLElement}
 */
function drawTime(at) {
  const moment = new Date(at);
  const time = element('time', '');
  if (Number.isNaN(moment.getTime())) return time;
  const clock = moment.toLocaleTimeString('vi-VN', { hour: '2-digit', minute: '2-digit' });
  const isToday = moment.toDateString() === new Date().toDateString();
  time.textContent = isToday ? clock : `${moment.toLocaleDateString('vi-VN')} ${clock}`;
  time.dateTime = at;
  return time;
}

/**
 * One titled list of the footer; nothing when the list is empty.
 * @param {string} title
 * @param {Node[]} items
 * @returns {HTMLElement[]}
 */
function drawList(title, items) {
  if (!items.length) return [];
  const list = element('ul', '');
  items.forEach((item) => {
    const entry = element('li', '');
    entry.append(item);
    list.append(entry);
  });
  return title ? [element('p', 'list-title', title), list] : [list];
}

/**
 * A part of the footer that opens on a tap.
 * @param {string} className
 * @param {string} title
 * @param {string} beside said next to the title
 * @param {HTMLElement[]} content
 * @returns {HTMLElement}
 */
function drawFold(className, title, beside, content) {
  const fold = element('details', className);
  const summary = element('summary', '');
  summary.append(element('span', 'fold-title', title));
  if (beside) summary.append(' ', element('span', 'checked', beside));
  fold.append(summary, ...content);
  return fold;
}

/**
 * Notes: one in plain sight; several that begin with the same words under those words, so that they do not bury the answer.
 * @param {string[]} notes
 * @returns {{plain: HTMLElement[], folds: HTMLElement[]}}
 */
function drawNotes(notes) {
  const groups = new Map();
  notes.forEach((note) => {
    const colon = note.indexOf(': ');
    const lead = colon > 0 ? note.slice(0, colon) : note;
    groups.set(lead, [...(groups.get(lead) || []), note]);
  });
  const plain = [];
  const folds = [];
  groups.forEach((group, lead) => {
    if (group.length === 1) {
      plain.push(element('p', 'note', group[0]));
    } else {
      const items = group.map((note) => document.createTextNode(note.slice(lead.length + 2)));
      folds.push(drawFold('fold notes', `${lead} (${group.length})`, '', drawList('', items)));
    }
  });
  return { plain, folds };
}

/**
 * Notes, then sources, legal basis and check date in a fold.
 * @param {Footer} footer
 * @returns {HTMLElement[]}
 */
function drawFooter(footer) {
  const { plain, folds } = drawNotes(footer.notes || []);
  const lists = [
    ...drawList('Nguồn', (footer.sources || []).map((source) => linkOrText(source.title, source.url))),
    ...drawList('Căn cứ pháp lý', (footer.legal_basis || []).map((law) => document.createTextNode(law))),
  ];
  const checked = footer.verified_on
    ? `đã kiểm tra ngày ${footer.verified_on.slice(0, 10).split('-').reverse().join('/')}`
    : '';
  if (lists.length) folds.push(drawFold('fold basis', 'Nguồn và căn cứ', checked, lists));
  else if (checked) plain.push(element('p', 'checked', checked));
  if (!folds.length) return plain;
  const all = element('div', 'folds');
  all.append(...folds);
  return [...plain, all];
}

/**
 * A link to a page of our own server; whatever address it was given, it stays on the host the citizen came to.
 * @param {{title: string, url: string}} page
 * @returns {HTMLElement}
 */
function drawPage(page) {
  const link = element('a', 'page', page.title);
  const { pathname, search } = new URL(page.url, window.location.href);
  link.href = pathname + search;
  link.target = '_blank';
  link.rel = 'noopener';
  link.append(element('span', 'unseen', ' (mở trang mới)'));
  return link;
}

/**
 * A file that staff sent: a photo is shown, a document is a link.
 * @param {{id: number, name: string, media_type: string}} file
 * @returns {HTMLElement}
 */
function drawFile(file) {
  const link = drawPage({ title: file.name, url: `/api/chat/files/${file.id}` });
  if (!file.media_type.startsWith('image/')) return link;
  const photo = element('img', 'photo');
  photo.src = link.href;
  photo.alt = file.name;
  photo.loading = 'lazy';
  link.replaceChildren(photo, element('span', 'unseen', ' (mở trang mới)'));
  return link;
}

/**
 * How far a walk through the steps has come; the text below says the same in words.
 * @param {number[]} progress the step, and how many there are
 */
function drawProgress([step, steps]) {
  const drawn = element('progress', 'progress');
  drawn.max = steps;
  drawn.value = step;
  drawn.setAttribute('aria-label', `Bước ${step} trên ${steps}`);
  return drawn;
}

/**
 * Draw one message. It can take focus by script, so that keyboard and screen-reader
 * users continue from it when the button they pressed disappears.
 * @param {Message} message
 * @returns {HTMLElement}
 */
export function drawMessage(message) {
  const drawn = element('div', `message ${message.from}`);
  drawn.tabIndex = -1;
  drawn.dataset.from = message.from;
  drawn.dataset.at = message.at;
  const heading = element('p', 'heading');
  heading.append(element('span', 'author', AUTHORS[message.from]), ' ', drawTime(message.at));
  const bubble = element('div', 'bubble');
  const text = element('div', 'text');
  if (message.from === 'citizen') text.textContent = message.text;
  else appendLines(text, message.text);
  if (message.progress) bubble.append(drawProgress(message.progress));
  bubble.append(text);
  bubble.append(...(message.links || []).map(drawPage));
  if (message.file) bubble.append(drawFile(message.file));
  if (message.footer) bubble.append(...drawFooter(message.footer));
  drawn.append(heading, bubble);
  return drawn;
}

/**
 * Whether a message follows another of the same author closely enough to share its heading.
 * @param {HTMLElement} drawn
 * @param {?HTMLElement} before
 * @returns {boolean}
 */
export function continues(drawn, before) {
  return Boolean(before) && before.dataset.from === drawn.dataset.from
    && new Date(drawn.dataset.at) - new Date(before.dataset.at) < SAME_BREATH_MS;
}

/**
 * @param {string} className
 * @param {string} label
 * @param {Choice[]} choices
 * @param {(choice: Choice) => void} onChoose
 * @returns {HTMLElement}
 */
function drawGroup(className, label, choices, onChoose) {
  const group = element('div', className);
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', label);
  choices.forEach((choice) => {
    const button = element('button', 'choice', choice.label);
    button.type = 'button';
    button.dataset.choice = choice.id;
    button.addEventListener('click', () => onChoose(choice));
    group.append(button);
  });
  return group;
}

/**
 * Draw quick replies; whether the answer helped is asked apart from them, and more quietly.
 * @param {Choice[]} choices
 * @param {(choice: Choice) => void} onChoose
 * @returns {HTMLElement}
 */
export function drawChoices(choices, onChoose) {
  const verdicts = choices.filter((choice) => VERDICT.test(choice.id));
  const others = choices.filter((choice) => !VERDICT.test(choice.id));
  const drawn = element('div', 'offers');
  if (others.length) drawn.append(drawGroup('choices', 'Câu trả lời gợi ý', others, onChoose));
  if (verdicts.length) {
    const asked = drawGroup('verdict', ASK_VERDICT, verdicts, onChoose);
    asked.prepend(element('span', '', ASK_VERDICT));
    drawn.append(asked);
  }
  return drawn;
}

/**
 * Say under a citizen's message how its sending goes; without a text, say nothing.
 * @param {HTMLElement} drawn
 * @param {string} [text]
 * @param {{label: string, press: () => void}} [action]
 */
export function setStatus(drawn, text, action) {
  const old = drawn.querySelector('.status');
  if (old && text && old.dataset.text === text) return;
  if (old) old.remove();
  if (!text) return;
  const status = element('p', action ? 'status failed' : 'status');
  status.dataset.text = text;
  status.append(element('span', '', text));
  if (action) {
    const button = element('button', 'again', action.label);
    button.type = 'button';
    button.addEventListener('click', action.press);
    status.append(button);
  } else {
    status.setAttribute('aria-hidden', 'true');
  }
  drawn.append(status);
}
