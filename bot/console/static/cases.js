// Pages of cases: texts into the reply box, keys, many at once, the number of waiting cases in the tab's title, and notices.
"use strict";

const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row] a")];

function insert(text) {
  const box = document.getElementById("noi_dung");
  const before = box.value.slice(0, box.selectionStart);
  const gap = before && !before.endsWith("\n") && !before.endsWith(" ") ? " " : "";
  box.setRangeText(gap + text, box.selectionStart, box.selectionEnd, "end");
  box.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button) insert(button.dataset.insert);
});

function step(by) {
  const links = rows();
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))].focus();
}

function showKeys() {
  const keys = document.getElementById("keys");
  if (!keys) return;
  keys.open = true;
  keys.querySelector("summary").focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement.closest("[data-row]")?.querySelector("[type=checkbox]")?.click(),
  "/": () => document.getElementById("tim")?.focus(),
  "?": showKeys,
  g: () => document.querySelector(".tabs a")?.click(),
  n: () => document.querySelector("form[action$='/nhan'] button")?.click(),
  r: () => document.getElementById("noi_dung")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// Closing many: how many are ticked stands beside the button.
function countChosen() {
  const boxes = [...document.querySelectorAll("#many [name=ma]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const badge = document.getElementById("chosen");
  const all = document.getElementById("all");
  if (badge) {
    badge.hidden = !chosen;
    badge.textContent = String(chosen);
  }
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.id === "all") {
    for (const box of document.querySelectorAll("#many [name=ma]")) box.checked = event.target.checked;
  }
  if (event.target.closest("#many")) countChosen();
});

// The title's number, and a notice of the browser while somebody looks at something else. No citizen's words are in it.
const plainTitle = document.title;
let before = null;
let lastSaid = null;

function tell(title, body, tag) {
  if (!document.hidden || window.Notification?.permission !== "granted") return;
  const notice = new Notification(title, { body, tag });
  notice.onclick = () => {
    window.focus();
    notice.close();
  };
}

function ring() {
  const bell = document.querySelector("[data-waiting]");
  if (!bell) return;
  const now = { waiting: Number(bell.dataset.waiting), scams: Number(bell.dataset.scams) };
  document.title = now.waiting ? `(${now.waiting}) ${plainTitle}` : plainTitle;
  if (before && now.scams > before.scams) tell("Hồ sơ nghi lừa đảo chờ nhận", `${now.waiting} hồ sơ đang chờ`, "ho-so");
  else if (before && now.waiting > before.waiting && !("quiet" in bell.dataset)) {
    tell("Có hồ sơ mới chờ nhận", `${now.waiting} hồ sơ đang chờ`, "ho-so");
  }
  before = now;
}

function hearCitizen() {
  const thread = document.getElementById("thread");
  if (!thread) return;
  const said = thread.querySelectorAll(".said-citizen").length;
  if (lastSaid !== null && said > lastSaid && thread.dataset.mine === "1") tell("Bà con vừa nhắn thêm", plainTitle, plainTitle);
  lastSaid = said;
}

function look() {
  ring();
  hearCitizen();
  countChosen();
}

document.addEventListener("htmx:after:swap", look);
document.addEventListener("DOMContentLoaded", () => {
  look();
  const thread = document.getElementById("thread");
  const toEnd = () => thread?.scrollTo(0, thread.scrollHeight);
  toEnd();
  if (thread) new MutationObserver(toEnd).observe(thread, { childList: true });
  const ask = document.getElementById("notify");
  if (ask && window.Notification?.permission === "default") {
    ask.hidden = false;
    ask.addEventListener("click", async () => {
      await Notification.requestPermission();
      ask.hidden = true;
    });
  }
});
