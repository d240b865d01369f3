/**
 * Reading answers aloud with the browser's own Vietnamese voice: off until somebody asks for it, and off again after a
 * reload, because a phone should not begin to speak by itself.
 */

const PATIENCE_MS = 1500;
const RATE = 0.95;
const SENTENCES = /[^.!?:;\n]+[.!?:;\n]*/g;
const TEXTS = {
  noVoice: 'Máy này chưa có giọng đọc tiếng Việt. Bà con cài giọng tiếng Việt trong phần cài đặt của máy rồi bấm lại.',
  choices: 'Bà con chọn:',
};

const synthesis = window.speechSynthesis;

/** @returns {?SpeechSynthesisVoice} */
function vietnameseVoice() {
  return synthesis.getVoices().find((voice) => /^vi\b/i.test(voice.lang.replace('_', '-'))) || null;
}

/** Browsers load their voices late, and say so; some never do. */
async function findVoice() {
  const found = vietnameseVoice();
  if (found) return found;
  await new Promise((done) => {
    setTimeout(done, PATIENCE_MS);
    synthesis.addEventListener('voiceschanged', done, { once: true });
  });
  return vietnameseVoice();
}

/**
 * What is said of a message: its text without bullets and addresses, then what can be chosen.
 * @param {import('./messages.js').Message} message
 * @returns {string[]} sentence by sentence; some browsers fall silent within a long text
 */
export function spokenForm(message) {
  const text = message.text
    .replace(/https?:\/\/\S+/g, '')
    .replace(/[•☐]/g, '')
    .replace(/(Bước \d+)\/(\d+)/g, '$1 trên $2');
  const labels = (message.choices || []).map((choice) => choice.label);
  const offered = labels.length ? `\n${TEXTS.choices} ${labels.join(', ')}.` : '';
  return (text + offered).match(SENTENCES).map((sentence) => sentence.trim()).filter(Boolean);
}

/**
 * Make a button switch reading on and off; without the browser's help it stays hidden.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} status where it is told that there is no voice
 * @returns {{say: (message: import('./messages.js').Message) => void, stop: () => void}}
 */
export function readAloud(button, status) {
  let voice = null;
  let last = null;

  function speak(message) {
    spokenForm(message).forEach((sentence) => {
      const utterance = new SpeechSynthesisUtterance(sentence);
      utterance.lang = 'vi-VN';
      utterance.voice = voice;
      utterance.rate = RATE;
      synthesis.speak(utterance);
    });
  }

  /** @param {?SpeechSynthesisVoice} chosen null = off */
  function use(chosen) {
    voice = chosen;
    button.setAttribute('aria-pressed', String(Boolean(voice)));
    synthesis.cancel();
    if (voice && last) speak(last);
  }

  async function toggle() {
    status.textContent = '';
    if (voice) {
      use(null);
      return;
    }
    button.disabled = true;
    const found = await findVoice();
    button.disabled = false;
    if (!found) status.textContent = TEXTS.noVoice;
    use(found);
    button.focus();
  }

  if (synthesis && window.SpeechSynthesisUtterance) {
    button.hidden = false;
    button.addEventListener('click', toggle);
    window.addEventListener('pagehide', () => synthesis.cancel());
  }

  return {
    say(message) {
      last = message;
      if (voice) speak(message);
    },
    stop() {
      status.textContent = '';
      if (voice) synthesis.cancel();
    },
  };
}
