// Files go to the server one by one, each with a line that says what became of it; without this script they go together.
// A batch shows how far it is while the server works.
"use strict";

const AT_ONCE = 2;
const uploadForm = document.querySelector("#upload-form");
const roundsForm = document.querySelector("#rounds-form");
const batchForm = document.querySelector("#batch-form");
const arrivals = document.querySelector("#arrivals");
const lines = new Map();
let unknown = [];

function lineOf(file) {
  if (!lines.has(file)) {
    const line = document.createElement("li");
    const name = document.createElement("b");
    name.lang = "zh";
    name.textContent = file.name;
    line.append(name, " ", document.createElement("span"));
    arrivals.append(line);
    lines.set(file, line);
  }
  return lines.get(file);
}

function say(file, state, text) {
  const line = lineOf(file);
  line.className = state;
  line.querySelector("span").textContent = text;
}

async function post(form, values) {
  const answer = await fetch(form.action, { method: "POST", body: values, headers: { Accept: "application/json" } });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.message);
  return found;
}

async function send(file, round) {
  const values = new FormData();
  values.append("csrf_token", uploadForm.elements.csrf_token.value);
  if (uploadForm.elements.leave_unknown.checked) values.append("leave_unknown", "y");
  if (round) values.append("round", round);
  values.append("files", file);
  say(file, "reading", uploadForm.dataset.reading);
  try {
    const [found] = (await post(uploadForm, values)).files;
    const line = lineOf(file);
    line.className = found.state;
    line.innerHTML = found.html;
    if (found.state === "unknown") unknown.push({ file, row: found.row });
  } catch (error) {
    say(file, "refused", error instanceof TypeError || error instanceof SyntaxError ? uploadForm.dataset.failed : error.message);
  }
}

function summarise() {
  const states = [...lines.values()].map((line) => line.className);
  const imported = states.filter((state) => state === "imported" || state === "same").length;
  const numbers = { imported, open: states.length - imported, all: states.length };
  const summary = document.querySelector("#upload-summary");
  summary.textContent = uploadForm.dataset.summary.replace(/\{(\w+)\}/g, (_all, name) => numbers[name]);
  summary.hidden = false;
}

function askForStations() {
  if (!roundsForm) return;
  const rows = roundsForm.querySelector("#unknown-rows");
  rows.replaceChildren();
  for (const one of unknown) {
    const holder = document.createElement("template");
    holder.innerHTML = one.row.trim();
    one.shown = holder.content.firstElementChild;
    rows.append(one.shown);
  }
  roundsForm.hidden = !unknown.length;
}

async function refresh() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["steps", "rounds"]) document.getElementById(id).replaceWith(fresh.getElementById(id));
}

async function sendAll(pairs) {
  const button = uploadForm.querySelector("button");
  button.disabled = true;
  const queue = [...pairs];
  const work = async () => {
    while (queue.length) {
      const [file, round] = queue.shift();
      await send(file, round);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  button.disabled = false;
  summarise();
  askForStations();
  await refresh();
}

async function chosen(event) {
  event.preventDefault();
  const files = [...uploadForm.elements.files.files];
  arrivals.replaceChildren();
  lines.clear();
  unknown = [];
  for (const file of files) say(file, "waiting", uploadForm.dataset.waiting);
  await sendAll(files.map((file) => [file, null]));
}

async function added(event) {
  event.preventDefault();
  const button = roundsForm.querySelector("button");
  button.disabled = true;
  try {
    const { rounds } = await post(roundsForm, new FormData(roundsForm));
    const again = unknown;
    unknown = [];
    const known = [];
    rounds.forEach((round, number) => {
      const one = again[number];
      one.shown.querySelector(".wrong").textContent = round.error || "";
      if (round.error) unknown.push({ ...one, row: one.shown.outerHTML });
      else known.push([one.file, round.id]);
    });
    await sendAll(known);
  } catch (error) {
    roundsForm.querySelector(".wrong").textContent = error.message;
  }
  button.disabled = false;
}

function watch() {
  const box = document.querySelector("#batch-progress");
  const before = Number(batchForm.dataset.done);
  const show = (n) => {
    box.textContent = batchForm.dataset.text.replace("{n}", n);
  };
  show(0);
  box.hidden = false;
  setInterval(async () => {
    const answer = await fetch(batchForm.dataset.progress, { headers: { Accept: "application/json" } });
    if (answer.ok) show((await answer.json()).done - before);
  }, 1000);
}

if (uploadForm) uploadForm.addEventListener("submit", chosen);
if (roundsForm) {
  roundsForm.addEventListener("submit", (event) => {
    if (unknown.length) added(event);
  });
}
if (batchForm) batchForm.addEventListener("submit", watch);
