// Forms with rows: one more row where the last one gets its first letter. Without scripts there are two spare rows, and saving gives two more.
"use strict";

document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-row]");
  const rows = row?.closest("[data-rows]");
  if (!rows || row !== rows.lastElementChild || !event.target.value) return;
  const number = rows.children.length;
  const more = row.cloneNode(true);
  const next = (name) => name.replace(new RegExp(`^${rows.dataset.rows}-\\d+`), `${rows.dataset.rows}-${number}`);
  for (const field of more.querySelectorAll("input, textarea")) {
    field.id = field.name = next(field.name);
    field.value = "";
    field.textContent = "";
  }
  for (const label of more.querySelectorAll("label")) label.htmlFor = next(label.htmlFor);
  rows.append(more);
});
