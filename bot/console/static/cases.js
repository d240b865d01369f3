// Pages of cases: texts into the reply box, keys, the number of waiting cases in the tab's title, and notices.
"use strict";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
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

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement.closest("[data-row]")?.querySelector("[type=checkbox]")?.click(),
  "/": () => document.getElementById("tim")?.focus(),
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

const plainTitle = document.title;
let waiting = null;

function count() {
  const now = document.querySelector("[data-waiting]")?.dataset.waiting;
  if (now === undefined) return;
  document.title = Number(now) ? `(${now}) ${plainTitle}` : plainTitle;
  if (waiting !== null && Number(now) > waiting && document.hidden && window.Notification?.permission === "granted") {
    new Notification("Có hồ sơ mới chờ nhận", { body: `${now} hồ sơ đang chờ`, tag: "ho-so" });
  }
  waiting = Number(now);
}

document.addEventListener("htmx:after:swap", count);
document.addEventListener("DOMContentLoaded", () => {
  count();
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
