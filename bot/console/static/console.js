// What pages need beside htmx: the form token on its requests, and a few buttons. Everything else works without scripts.
"use strict";

const token = () => document.querySelector("meta[name=csrf]");

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRF-Token"] = token().content;
});

// Somebody signed in again in another tab: the server hands out the new token, and the next click works.
document.addEventListener("htmx:after:request", (event) => {
  const fresh = event.detail.ctx.response?.raw?.headers.get("X-CSRF-Token");
  if (fresh) token().content = fresh;
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if (button.hasAttribute("data-print")) return window.print();
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // no clipboard over plain http
  }
  button.querySelector("span").textContent = "Đã chép";
});

// A ward ticked means: these wards.
document.addEventListener("change", (event) => {
  if (event.target.name === "xa_phuong" && event.target.checked) {
    event.target.form.querySelector("[name=pham_vi][value=xa_phuong]").checked = true;
  }
});
