// The table and picture follow what is typed; without this script the button does the same.
"use strict";

const form = document.querySelector("#design-form");
const preview = document.querySelector("#preview");
let waiting = 0;
let running = null;

function say(text) {
  document.querySelector("#preview-problem").textContent = text;
}

async function recalculate() {
  if (running) running.abort();
  running = new AbortController();
  const values = new URLSearchParams(new FormData(form));
  values.delete("csrf_token");
  preview.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.dataset.preview}?${values}`, {
      headers: { Accept: "application/json" },
      signal: running.signal,
    });
    const found = await answer.json();
    if (found.html !== undefined) {
      const unfolded = preview.querySelector("details.strata-lines")?.open;
      preview.innerHTML = found.html;
      const details = preview.querySelector("details.strata-lines");
      if (details && unfolded !== undefined) details.open = unfolded;
      say("");
    } else {
      say(Object.entries(found.errors || { "": [found.message] }).map(([name, texts]) => {
        const label = name && form.querySelector(`label[for="${name}"]`);
        return (label ? `${label.textContent} ` : "") + texts.join(" ");
      }).join(" "));
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    say(form.dataset.offline);
  }
  preview.removeAttribute("aria-busy");
}

function changed() {
  clearTimeout(waiting);
  waiting = setTimeout(recalculate, 250);
  const lock = document.querySelector("#lock-form");
  if (!lock) return;
  lock.querySelector("button").disabled = true;
  lock.querySelector("#lock-stale").hidden = false;
}

if (form) {
  form.addEventListener("input", changed);
  const button = form.querySelector("[name=recalculate]");
  if (button) button.hidden = true;
}
