// Keys of a page: some move between its rows, others press what it marks with data-key. A page adds its own to `shortcuts`.
"use strict";

const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function step(by) {
  const stops = [...document.querySelectorAll("[data-row] [data-go]")];
  if (!stops.length) return;
  const at = stops.indexOf(document.activeElement.closest("[data-row]")?.querySelector("[data-go]"));
  stops[Math.min(stops.length - 1, Math.max(0, at < 0 ? 0 : at + by))].focus();
}

const shortcuts = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement.closest("[data-row]")?.querySelector("[type=checkbox]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const marked = () => document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const act = shortcuts[event.key] ?? (marked() && (() => marked().click()));
  if (!act) return;
  event.preventDefault();
  act();
});
