// Coding by keyboard: 1–4 choose the kind, a letter ticks a theme in it, Space takes over what is suggested, Enter saves
// and shows the next remark in place. Without this script the same form works by mouse, Tab and a whole new page.

const SWITCH = "coding-shortcuts";
const KINDS = { Digit1: "praise", Digit2: "complaint", Digit3: "request", Digit4: "suggestion" };
let sending = false;

const form = () => document.getElementById("coding");
const writes = (target) => target.matches("textarea, select, input:not([type=checkbox])");
const acts = (target) => target.matches("a, button, summary, input[type=checkbox]");

function chosenKind() {
  return document.querySelector("#kind-mode [aria-pressed=true]").dataset.kind;
}

function chooseKind(kind) {
  for (const button of document.querySelectorAll("#kind-mode [data-kind]")) {
    button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  }
}

// in the chosen kind, or where the theme does not have it, in its first
function tick(key) {
  const theme = document.querySelector(`.theme[data-key="${key}"]`);
  if (theme === null) return;
  const boxes = [...theme.querySelectorAll("input")];
  const box = boxes.find((one) => one.value.startsWith(`${chosenKind()}:`)) ?? boxes[0];
  box.checked = !box.checked;
  settle(box);
}

// nothing to code and codes exclude one another
function settle(box) {
  const nothing = document.getElementById("nothing");
  if (box === nothing && nothing.checked) {
    for (const code of form().querySelectorAll("input[name=code]")) code.checked = false;
  } else if (box.name === "code" && box.checked) {
    nothing.checked = false;
  }
}

function takeOver() {
  for (const box of form().querySelectorAll("[data-suggested]")) {
    box.checked = true;
    settle(box);
  }
}

function toggleNothing() {
  const nothing = document.getElementById("nothing");
  nothing.checked = !nothing.checked;
  settle(nothing);
}

async function send(address) {
  if (sending) return;
  sending = true;
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { method: "POST", body: new FormData(form()) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (fresh === null || !fresh.classList.contains("coding")) { location.reload(); return; }
    main.replaceWith(document.adoptNode(fresh));
    history.replaceState(null, "", answer.status === 422 ? location.href : answer.url);
    begin();
  } catch {
    form().action = address;
    form().submit(); // the network, not the remark: the browser says what is wrong
  } finally {
    sending = false;
    document.getElementById("main").removeAttribute("aria-busy");
  }
}

function press(event) {
  if (form() === null || event.ctrlKey || event.metaKey || event.altKey) return;
  if (writes(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
  if (!document.getElementById("shortcuts").checked) return;
  if (acts(event.target) && ["Space", "Enter"].includes(event.code) && event.target.type !== "checkbox") return;
  if (event.target.type === "checkbox" && event.code === "Space") return;
  if (act(event.code)) event.preventDefault();
}

// by the place of the key, so that an input method that is switched on does not matter
function act(code) {
  if (code in KINDS) chooseKind(KINDS[code]);
  else if (code === "Digit0") toggleNothing();
  else if (code === "Space") takeOver();
  else if (code === "Enter" || code === "NumpadEnter") send(form().action);
  else if (code === "Backspace") send(document.getElementById("undo").formAction);
  else if (/^(Key[A-Z]|Digit[5-9])$/.test(code)) tick(code.slice(-1).toLowerCase());
  else return false;
  return true;
}

function excerptOfSelection() {
  const chosen = String(getSelection()).trim();
  const words = document.getElementById("words");
  if (chosen === "" || !words.contains(getSelection().anchorNode) || !words.textContent.includes(chosen)) return;
  document.getElementById("excerpt").value = chosen;
  document.getElementById("own-words").open = true;
}

function begin() {
  if (form() === null) return;
  document.getElementById("kind-mode").hidden = false;
  const shortcuts = document.getElementById("shortcuts");
  shortcuts.parentElement.hidden = false;
  shortcuts.checked = localStorage.getItem(SWITCH) !== "off";
  shortcuts.addEventListener("change", () => localStorage.setItem(SWITCH, shortcuts.checked ? "on" : "off"));
  for (const button of document.querySelectorAll("#kind-mode [data-kind]")) {
    button.addEventListener("click", () => chooseKind(button.dataset.kind));
  }
  form().addEventListener("change", (event) => settle(event.target));
  form().addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form().action);
  });
  document.getElementById("take")?.addEventListener("click", (event) => { event.preventDefault(); takeOver(); });
  document.getElementById("words").addEventListener("mouseup", () => setTimeout(excerptOfSelection));
  document.getElementById("words").focus();
}

document.addEventListener("keydown", press);
begin();
