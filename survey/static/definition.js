// The words and the worked example follow what is typed, and only the fields of the chosen rule show; without this
// script the button does the same and every field shows.
const form = document.querySelector("#definition-form");
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
    const answer = await fetch(`${form.dataset.preview}?${values}`, { signal: running.signal });
    if (!answer.ok && answer.status !== 422) throw new Error(answer.status);
    preview.innerHTML = (await answer.json()).html;
    say("");
  } catch (error) {
    if (error.name === "AbortError") return;
    say(form.dataset.offline);
  }
  preview.removeAttribute("aria-busy");
}

function showRule() {
  const kind = form.elements.kind.value;
  for (const part of form.querySelectorAll("[data-kind]")) {
    part.hidden = !part.dataset.kind.split(" ").includes(kind);
  }
  form.elements.penalty.closest(".field").hidden = form.elements.below.value !== "penalty";
}

if (form) {
  showRule();
  form.addEventListener("input", () => {
    showRule();
    clearTimeout(waiting);
    waiting = setTimeout(recalculate, 250);
  });
}
