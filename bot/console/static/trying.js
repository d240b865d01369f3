// The talk with a candidate: the field is emptied once its message is there, and the newest answer is in view.
"use strict";

document.addEventListener("htmx:after:swap", () => {
  const talk = document.getElementById("talk");
  talk.scrollTop = talk.scrollHeight;
});

document.addEventListener("htmx:after:request", (event) => {
  const field = document.getElementById("tin");
  if (event.target.id === "say") field.value = "";
  field.focus();
});
