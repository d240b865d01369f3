// The trainers' inbox: keys of its own, ticking all, and sentences worded differently.
"use strict";

const focusOn = (id) => () => document.getElementById(id)?.focus();

Object.assign(shortcuts, {
  i: focusOn("y_dinh"),
  h: focusOn("huong_dan"),
  m: () => {
    const box = document.getElementById("new");
    if (!box) return;
    box.open = true;
    document.getElementById("ten").focus();
  },
  e: () => word(document.activeElement.closest("[data-row]")?.querySelector("details")),
});

document.getElementById("all")?.addEventListener("click", () => {
  const boxes = [...document.querySelectorAll("#group [name=cau]")];
  const tick = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = tick;
});

// A sentence to be worded differently begins as it was typed.
function word(box) {
  if (!box) return;
  const field = box.querySelector("input");
  box.open = true;
  field.value ||= field.placeholder;
  field.focus();
}

for (const box of document.querySelectorAll("#group [data-row] details")) {
  box.addEventListener("toggle", () => box.open && word(box));
}
