// While an alarm waits: a red line on every open page of those who may take it over, and a number before the page's title.
// The list of emergencies keeps itself up to date.

const EVERY = 10_000;
const banner = document.getElementById("alarm");
const link = banner.querySelector("a");
const title = document.title.replace(/^\(\d+\) /, "");

async function fetched(address, type) {
  try {
    const response = await fetch(address, { headers: { Accept: type }, cache: "no-store", signal: AbortSignal.timeout(EVERY) });
    return response.ok && !response.redirected ? response : null;
  } catch {
    return null; // the network is away; the next time
  }
}

async function look() {
  if (document.getElementById("incident-list") !== null) { await renewList(); }
  const answer = await fetched(banner.dataset.source, "application/json");
  if (answer === null) return;
  const { waiting, line } = await answer.json();
  document.title = waiting ? `(${waiting}) ${title}` : title;
  if (link.textContent !== line) link.textContent = line;
  banner.hidden = waiting === 0;
}

async function renewList() {
  const answer = await fetched(location.href, "text/html");
  if (answer === null) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("incident-list"), old = document.getElementById("incident-list");
  // every answer has a token of its own: compare what is seen, so that nothing moves under the reader's cursor
  if (fresh !== null && fresh.textContent !== old.textContent) old.replaceWith(fresh);
}

setInterval(look, EVERY);
