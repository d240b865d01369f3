// Pages of cases: texts into the reply box, keys, many at once, the number of waiting cases in the tab's title, and notices.
"use strict";

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

function showKeys() {
  const keys = document.getElementById("keys");
  if (!keys) return;
  keys.open = true;
  keys.querySelector("summary").focus();
}

Object.assign(shortcuts, {
  "/": () => document.getElementById("tim")?.focus(),
  "?": showKeys,
  g: () => document.querySelector(".tabs a")?.click(),
  n: () => document.querySelector("form[action$='/nhan'] button")?.click(),
  r: () => document.getElementById("noi_dung")?.focus(),
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

// The title's number, and notices of the browser while somebody looks at something else. No citizen's words are in them.
// Only the queue listens in the background: browsers allow few open connections, and cases are often open in many tabs.
const plainTitle = document.title;
let before = null;

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
  const now = { waiting: Number(bell.dataset.waiting), scams: Number(bell.dataset.scams), answers: Number(bell.dataset.answers) };
  const quiet = "quiet" in bell.dataset;
  const waits = `${now.waiting} hồ sơ đang chờ nhận`;
  document.title = now.waiting ? `(${now.waiting}) ${plainTitle}` : plainTitle;
  if (before && now.scams > before.scams) tell("Hồ sơ nghi lừa đảo chờ nhận", waits, "ho-so");
  else if (before && now.waiting > before.waiting && !quiet) tell("Có hồ sơ mới chờ nhận", waits, "ho-so");
  if (before && now.answers > before.answers && !quiet) {
    tell("Bà con vừa nhắn thêm", `${now.answers} hồ sơ của anh/chị chờ trả lời`, "tra-loi");
  }
  before = now;
}

function look() {
  ring();
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
