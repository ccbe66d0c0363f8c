// Files and folders, dropped or chosen, sent one after another with a bar each.
// Each file is taken or refused on its own; without this script the form sends them all at once.
"use strict";

const drop = document.getElementById("drop");
const input = drop.elements.files;
const list = document.getElementById("uploads");
const told = document.getElementById("uploaded");
const folder = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });
const REFRESH_MS = 3000; // how often the table below shows what has come so far
const count = { sent: 0, refused: 0, total: 0 };
let last = Promise.resolve();
let shown = Promise.resolve();
let shownAt = 0;

input.hidden = true;
document.getElementById("upload").hidden = true;
document.getElementById("pick").hidden = false;
drop.addEventListener("click", (event) => {
  const pick = event.target.dataset.pick;
  if (pick) (pick === "folder" ? folder : input).click();
});

for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => { event.preventDefault(); queue(await dropped(event.dataTransfer)); });
input.addEventListener("change", takeChosen);
folder.addEventListener("change", () => { queue([...folder.files].map((file) => ({ file, path: file.webkitRelativePath }))); folder.value = ""; });

// leaving now would leave the rest behind
window.addEventListener("beforeunload", (event) => { if (count.sent < count.total) event.preventDefault(); });

function takeChosen() {
  queue([...input.files].map((file) => ({ file, path: file.name })));
  input.value = "";
}

function queue(found) {
  for (const { file, path } of found) {
    const name = below(path);
    if (name.startsWith(".")) continue;
    const row = rowFor(name);
    count.total += 1;
    last = last.then(() => upload(file, name, row)).then(() => { if (Date.now() - shownAt > REFRESH_MS) refresh(); });
  }
  last = last.then(refresh);
}

// one after another: each takes the place of the table that the one before has put there
function refresh() {
  const show = () => window.htmx?.ajax("GET", drop.dataset.refresh, { target: "#documents", swap: "outerHTML" });
  shownAt = Date.now();
  shown = shown.then(show, show);
}

// "shelf/a/b.txt" is "a - b.txt", as `manage.py ingest_folder` names it
function below(path) {
  const parts = path.split("/").filter(Boolean);
  return (parts.length > 1 ? parts.slice(1) : parts).join(" - ");
}

function rowFor(name) {
  const row = document.createElement("li"), label = document.createElement("span"), bar = document.createElement("progress"), fate = document.createElement("span");
  label.textContent = label.title = name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  row.append(label, bar, fate);
  list.append(row);
  return row;
}

function upload(file, name, row) {
  return new Promise((resolve) => {
    const [, bar, fate] = row.children;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", drop.elements.csrfmiddlewaretoken.value);
    body.append("files", file, name);
    const request = new XMLHttpRequest();
    request.open("POST", drop.action);
    request.setRequestHeader("X-Upload", "1");
    request.setRequestHeader("HX-Request", "true"); // errors come as a sentence, not as a page
    request.upload.onprogress = (event) => { bar.value = event.loaded / event.total; };
    request.onloadend = () => {
      const taken = request.status === 200;
      row.className = taken ? "taken" : "refused";
      if (taken) bar.value = 1;
      else bar.remove();
      fate.textContent = said(request) || drop.dataset.broken;
      count.sent += 1;
      if (!taken) { // what went wrong is read first
        count.refused += 1;
        list.prepend(row);
      }
      sayCount();
      resolve();
    };
    request.send(body);
  });
}

function sayCount() {
  const said = drop.dataset.count.replace("{n}", count.sent).replace("{total}", count.total);
  told.textContent = count.refused ? `${said} · ${drop.dataset.refused.replace("{n}", count.refused)}` : said;
  told.hidden = false;
}

// the sentence of a fragment; a page of somebody else's says nothing to the reader
function said(request) {
  const text = new DOMParser().parseFromString(request.responseText, "text/html").body.textContent.trim();
  return text.length < 400 ? text : "";
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry) {
  if (entry.isFile) return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path: entry.fullPath }];
  const reader = entry.createReader(), found = [];
  for (;;) { // a reader gives a hundred entries at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return (await Promise.all(found.map(filesBelow))).flat();
    found.push(...some);
  }
}

if (input.files.length) takeChosen(); // by who was quicker than this script
