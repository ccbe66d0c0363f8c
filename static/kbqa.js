// What every page does beyond HTMX: copy, confirm, errors of fragments said aloud.
// Everything here has a plain form or link underneath; without JavaScript the pages still work.
"use strict";

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-action=copy]");
  if (!button) return;
  await copy(textToCopy(button));
  if (!button.matches(".done")) sayDone(button);
});

document.addEventListener("change", ({ target }) => {
  if (!target.closest(".documents .tick")) return;
  const all = document.getElementById("tick-all"), boxes = [...target.form.querySelectorAll("[name=documents]")];
  if (target === all) for (const box of boxes) box.checked = all.checked;
  all.checked = boxes.every((box) => box.checked);
  all.indeterminate = !all.checked && boxes.some((box) => box.checked);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeOpen(document.activeElement);
});

// a bar too narrow for its links begins with the page's own in sight
for (const here of document.querySelectorAll(":is(.bar nav, .tabs) [aria-current]")) {
  const bar = here.parentElement;
  bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}

// an open menu closes when the reader turns elsewhere
document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll("details.scope[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// errors that are ours come as a fragment for #notices; anything else is said in one sentence
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.isError) return;
  detail.shouldSwap = Boolean(detail.xhr.getResponseHeader("HX-Retarget"));
  if (!detail.shouldSwap) sayFailed();
});
document.addEventListener("htmx:sendError", sayFailed);

function textToCopy(button) {
  const source = button.dataset.copy ? document.getElementById(button.dataset.copy) : button.closest(".answer").querySelector("[data-copy]");
  return (source.content || source).textContent.trim();
}

// browsers offer a clipboard to https and localhost alone; a site in the house may be neither
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = Object.assign(document.createElement("textarea"), { value: text, className: "hidden" });
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

// what a form's reply shows once is asked for anew by a reload, and not made again
if (document.querySelector("[data-once]")) history.replaceState(null, "", location.href);

function sayDone(button) {
  const said = Object.assign(document.createElement("span"), { className: "copied" });
  said.setAttribute("role", "status");
  button.before(said);
  button.classList.add("done");
  requestAnimationFrame(() => { said.textContent = button.dataset.done; }); // what is there from the start is not read out
  setTimeout(() => { said.remove(); button.classList.remove("done"); }, 2000);
}

function closeOpen(element) {
  const menu = element.closest?.("details.scope[open]");
  if (!menu) return element.blur(); // takes a citation's card away
  menu.open = false;
  menu.querySelector("summary").focus();
}

function sayFailed() {
  const notices = document.getElementById("notices"), notice = document.createElement("p");
  notice.className = "notice error";
  notice.setAttribute("role", "alert");
  notice.textContent = notices.dataset.failed;
  notices.replaceChildren(notice);
}
