// The live board renews itself: every 15 seconds while somebody looks at it, at once when the tab is looked at again.
// What was opened stays open and what has the focus keeps it. Screen readers hear alarms and line warnings only.

const EVERY = 15_000;
const board = document.getElementById("board");
const state = document.getElementById("board-state");
const spoken = document.getElementById("board-spoken");
let shownAt = state.textContent.match(/\d\d:\d\d:\d\d/)[0];
let asking = false;

function say(kind) {
  state.textContent = state.dataset[kind].replace("HH:MM:SS", shownAt);
}

function opened() {
  return [...board.querySelectorAll("details[open]")].map((one) => one.dataset.kept);
}

function focused() {
  const one = board.contains(document.activeElement) ? document.activeElement : null;
  if (one === null) return null;
  const kept = one.closest("details[data-kept]");
  return one.tagName === "SUMMARY" && kept ? `details[data-kept="${kept.dataset.kept}"] > summary` : `a[href="${one.getAttribute("href")}"]`;
}

function show({ html, spoken: words, at }) {
  const open = opened(), focus = focused();
  board.innerHTML = html;
  for (const name of open) board.querySelector(`details[data-kept="${name}"]`)?.setAttribute("open", "");
  if (focus !== null) board.querySelector(focus)?.focus({ preventScroll: true });
  if (spoken.textContent.trim() !== words) spoken.textContent = words;
  shownAt = at;
  say("updated");
}

async function renew() {
  if (document.hidden || asking) return;
  asking = true;
  try {
    const answer = await fetch(board.dataset.source, {
      headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(EVERY),
    });
    if (answer.status === 401 || answer.redirected) say("signedOut");
    else if (answer.ok) show(await answer.json());
    else say("failed");
  } catch {
    say("failed"); // the network is away; the next time
  } finally {
    asking = false;
  }
}

setInterval(renew, EVERY);
document.addEventListener("visibilitychange", renew);
