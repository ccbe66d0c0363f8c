// Asking: the answer as it comes, stop, ask again; a question asked meanwhile waits for its turn, and a connection
// that breaks is taken up where it broke. The form's own POST does the same without it.
"use strict";

const form = document.getElementById("ask");
const talk = document.getElementById("talk");
const box = form.elements.question;
const stop = document.getElementById("stop");
const send = document.getElementById("send");
const full = document.getElementById("full");
const scope = document.getElementById("scope");
const UNASKED = "kbqa-unasked"; // what was asked when the session had ended: typed once, it is there after signing in
const PAUSES_MS = [300, 1000, 2000, 4000, 8000]; // before each try to take a broken connection up again
let aborter = null;
let line = Promise.resolve(); // one answer after another: each knows the conversation the one before it began

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
box.addEventListener("input", fitBox);
box.value ||= sessionStorage.getItem(UNASKED) ?? "";
sessionStorage.removeItem(UNASKED);
fitBox();
showLast();
stop.addEventListener("click", () => aborter?.abort());
scope?.addEventListener("change", sayScope);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!box.value.trim()) return;
  const asked = new FormData(form);
  box.value = "";
  fitBox();
  queue(asked);
});

document.addEventListener("submit", (event) => {
  if (!("again" in event.target.dataset)) return;
  event.preventDefault();
  const asked = new FormData(event.target, event.submitter);
  if (asked.get("collections") === "all") askAll();
  for (const collection of new FormData(form).getAll("collections")) asked.append("collections", collection); // as they stand now
  queue(asked);
});

// a conversation opened again begins at its last question, unless its address or the reader's way back says where
function showLast() {
  box.focus({ preventScroll: true });
  const [{ type }] = performance.getEntriesByType("navigation"), turns = talk.querySelectorAll(".turn");
  if (type === "navigate" && !location.hash && turns.length > 1) turns[turns.length - 1].scrollIntoView({ block: "start" });
}

function queue(asked) {
  const turn = showPending(asked.get("question"));
  line = line.then(() => ask(asked, turn));
}

async function ask(asked, turn) {
  asked.set("conversation", form.elements.conversation.value);
  aborter = new AbortController();
  stop.hidden = false;
  send.hidden = true;
  try {
    await follow(asked, turn, aborter.signal);
  } catch (error) {
    say(turn, error.name === "AbortError" ? form.dataset.stopped : form.dataset.failed, asked);
  } finally {
    aborter = null;
    stop.hidden = true;
    send.hidden = false;
    box.focus({ preventScroll: true });
  }
}

function showPending(question) {
  for (const start of document.querySelectorAll(".welcome, .examples")) start.remove();
  const turn = document.getElementById("pending").content.firstElementChild.cloneNode(true);
  turn.querySelector(".question").textContent = question;
  talk.append(turn);
  turn.scrollIntoView({ block: "start" });
  return turn;
}

async function follow(asked, turn, signal) {
  const response = await fetch(form.dataset.stream, { method: "POST", body: asked, signal, headers: { Accept: "text/event-stream" } });
  if (response.status === 401) {
    sessionStorage.setItem(UNASKED, asked.get("question"));
    return location.reload();
  }
  if (!response.ok) return say(turn, (await response.json()).detail, asked);
  moveTo(response.headers.get("X-Conversation"), asked.get("question"));
  const answerId = response.headers.get("X-Answer");
  const told = { last: `${answerId}:0`, over: false };
  await hear(response, turn, told);
  for (const pause of PAUSES_MS) {
    if (told.over) break;
    await new Promise((resolve) => {
      setTimeout(resolve, pause);
      signal.addEventListener("abort", resolve, { once: true });
    });
    signal.throwIfAborted();
    await takeUp(answerId, turn, told, signal);
  }
  if (!told.over) throw new Error("the connection did not come back");
  await showCard(turn, answerId, signal);
}

// the events as they come; a connection that breaks leaves `told` at the last one heard
async function hear(response, turn, told) {
  const lead = turn.querySelector(".lead");
  try {
    for await (const { id, event, data } of frames(response.body)) {
      told.last = id;
      if (event === "sources") turn.querySelector(".state").textContent = form.dataset.reading;
      if (event === "token") lead.append(data.text);
      if (event === "done" || event === "failed") return void (told.over = true);
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
}

// the rest of an answer, once the site is back
async function takeUp(answerId, turn, told, signal) {
  let response;
  try {
    response = await fetch(`${form.dataset.answers}${answerId}/stream`, { signal, headers: { Accept: "text/event-stream", "Last-Event-ID": told.last } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return; // not back yet
  }
  if (response.status === 401) return location.reload();
  if (response.status === 204) return void (told.over = true); // all of it was told
  if (response.ok) return hear(response, turn, told);
  if (response.status < 500) throw new Error(`the rest: ${response.status}`);
}

// the address names the conversation from its first answer on
function moveTo(conversation, question) {
  if (form.elements.conversation.value === conversation) return;
  form.elements.conversation.value = conversation;
  box.placeholder = form.dataset.followUp;
  document.getElementById("afresh").hidden = false;
  history.replaceState(null, "", form.dataset.conversations + conversation);
  document.title = `${question.slice(0, 60)} · KBQA`;
}

async function* frames(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (kept + value).split("\n\n");
    kept = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
      if (fields.data) yield { id: fields.id, event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

async function showCard(turn, answerId, signal) {
  const response = await fetch(`${form.dataset.answers}${answerId}/card`, { signal });
  if (!response.ok) throw new Error(`card: ${response.status}`);
  turn.id = `turn-${answerId}`;
  turn.querySelector(".answer").outerHTML = await response.text();
  window.htmx?.process(turn);
  turn.scrollIntoView({ block: "start" });
}

function say(turn, message, asked) {
  turn.querySelector(".answer").classList.remove("pending");
  turn.querySelector(".state").textContent = message;
  if (!box.value) box.value = asked.get("question"); // nothing has to be typed twice
  fitBox();
}

function fitBox() {
  full.hidden = box.value.length < box.maxLength;
  box.rows = Math.min(8, Math.max(1, box.value.split("\n").length, Math.ceil(box.value.length / 80)));
}

// what is asked of all collections is followed up in all
function askAll() {
  for (const tick of scope?.querySelectorAll("input:checked") ?? []) tick.checked = false;
  if (scope) sayScope();
}

function sayScope() {
  const ticked = [...scope.querySelectorAll("input:checked")];
  const said = ticked.length === 1 ? ticked[0].nextElementSibling.textContent : `${ticked.length} ${scope.dataset.some}`;
  document.getElementById("scope-said").textContent = ticked.length ? said : scope.dataset.all;
}
