// Opens the page of home visits without a network. It keeps the page and its files, nothing of any household; SHELL is
// written before this text by survey/web/visits_shell.py. All files of one version are kept together or not at all.
/* global SHELL */

const OURS = "huifang-visits-";
const CACHE = OURS + SHELL.version;
const PATIENCE = 4000; // a network that does not answer in this time is none

async function keepShell() {
  const page = await fetch(SHELL.page, { cache: "reload", credentials: "same-origin" });
  if (!ours(page)) throw new Error("not signed in, or another version");
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.files.map((file) => new Request(file, { cache: "reload" })));
  await cache.put(SHELL.page, page);
}

// A login page, or the page of another version, does not go with the files kept here.
const ours = (page) => page.ok && !page.redirected && page.headers.get("X-Shell") === SHELL.version;

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The page as the server has it now, in the language and for the person of now; without a network as it was last.
async function openPage() {
  const cache = await caches.open(CACHE);
  try {
    const page = await fetch(SHELL.page, { credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    if (ours(page)) await cache.put(SHELL.page, page.clone());
    return page.status >= 500 ? (await cache.match(SHELL.page)) ?? page : page;
  } catch {
    return (await cache.match(SHELL.page)) ?? Response.error();
  }
}

async function file(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept !== undefined && !self.navigator.onLine) return kept;
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    return kept ?? Response.error();
  }
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keepShell());
});
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === SHELL.page) event.respondWith(openPage());
  else if (SHELL.files.includes(pathname)) event.respondWith(file(request));
});
