// Verdicts by key on changed answers. Without scripts the buttons do the same.
"use strict";

const items = () => [...document.querySelectorAll("[data-item]")];
let at = 0;

function choose(number) {
  at = Math.max(0, Math.min(items().length - 1, number));
  const item = items()[at];
  item?.focus();
  item?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("focusin", (event) => {
  const item = event.target.closest("[data-item]");
  if (item) at = items().indexOf(item);
});

let judged = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    choose(items().includes(document.activeElement) ? at + (event.key === "j" ? 1 : -1) : at);
  } else if (/^[0-3]$/.test(event.key)) {
    const button = items()[at]?.querySelector(`[data-key="${event.key}"]`);
    if (!button) return;
    event.preventDefault();
    judged = event.key !== "0";
    button.click();
  }
});

document.addEventListener("htmx:after:swap", () => {
  if (judged) choose(at + 1);
  judged = false;
});
