/**
 * Photos and documents into the citizen's case. A file lives as long as the page: browsers cannot keep it over a reload
 * as they keep a text.
 */

import { newId } from './connection.js';

const LARGEST_FILE = Number(document.body.dataset.largestFile);
const TEXTS = {
  tooLarge: (megabytes) => `Tệp lớn quá ${megabytes} MB. Hãy chụp lại nhỏ hơn hoặc gửi từng phần.`,
  unsent: 'Chưa gửi được tệp.',
};

/**
 * Hand one file to the server.
 * @param {{id: string, text: string}} item
 * @param {File} file
 * @returns {Promise<?string>} why it was not taken; null = it was
 */
async function post(item, file) {
  if (file.size > LARGEST_FILE) return TEXTS.tooLarge(Math.floor(LARGEST_FILE / 1e6));
  let response;
  try {
    response = await fetch(`/api/chat/files?id=${item.id}&name=${encodeURIComponent(file.name)}`, {
      method: 'POST', headers: { 'Content-Type': file.type || 'application/octet-stream' }, body: file, cache: 'no-store',
    });
  } catch {
    return TEXTS.unsent;
  }
  if (response.ok) return null;
  return ((await response.json().catch(() => null)) || {}).error || TEXTS.unsent;
}

/**
 * Let a button choose files and send them, one after the other.
 * @param {HTMLButtonElement} button
 * @param {HTMLInputElement} input
 * @param {{showSending: Function, showSent: Function, showFailed: Function}} page
 */
export function connectUploads(button, input, page) {
  let before = Promise.resolve();

  /** @param {{id: string, text: string}} item @param {File} file */
  function send(item, file) {
    page.showSending(item);
    before = before.then(async () => {
      const reason = await post(item, file);
      if (reason === null) page.showSent(item);
      else page.showFailed(item, reason, () => send(item, file));
    });
  }

  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    Array.from(input.files).forEach((file) => send({ id: newId(), text: `[${file.name}]` }, file));
    input.value = '';
  });
}
