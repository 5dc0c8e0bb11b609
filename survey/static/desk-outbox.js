// What was answered and not yet acknowledged by the server. Every item lies in localStorage under its own id until the
// server says it is stored; it outlives an outage, an expired login, a reload and a crash. Sending twice is harmless.

import { Offline } from "./desk-net.js";

const BATCH = 50;
const PAUSES = [1000, 2000, 4000, 8000, 15_000];
const LOGIN_PAUSE = 4000;
const BLOCKED_FOR = 60_000;

export function newUid() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox extends EventTarget {
  // state: "quiet" nothing to say, "sending", "offline", "login", "other-user", "trouble" (then `why` says more)
  constructor(net, user) {
    super();
    this.net = net;
    this.user = user;
    this.prefix = `huifang.desk.${user}.out.`;
    this.memory = new Map(); // only what localStorage would not take
    this.blocked = new Map(); // case -> time before which it is not tried again
    this.failures = 0;
    this.state = "quiet";
    this.why = "";
    this.savedAt = null; // performance.now() when the server last acknowledged something
    addEventListener("online", () => this.pump());
    addEventListener("focus", () => this.pump());
  }

  keys() {
    const stored = [];
    for (let n = 0; n < localStorage.length; n += 1) {
      const key = localStorage.key(n);
      if (key.startsWith(this.prefix)) stored.push(key);
    }
    return [...stored, ...this.memory.keys()].sort();
  }

  read(key) {
    return this.memory.get(key) ?? JSON.parse(localStorage.getItem(key));
  }

  get size() {
    return this.keys().length;
  }

  get fragile() {
    return this.memory.size > 0;
  }

  // The items of one household, in the order in which they were made.
  of(caseId) {
    return this.keys().map((key) => this.read(key)).filter((item) => item !== null && item.case === caseId);
  }

  add(item) {
    const last = this.keys().at(-1);
    const number = last === undefined ? 1 : Number(last.slice(this.prefix.length).split(".")[0]) + 1;
    const key = `${this.prefix}${String(number).padStart(9, "0")}.${item.uid}`;
    try {
      localStorage.setItem(key, JSON.stringify(item));
    } catch {
      this.memory.set(key, item);
    }
    this.changed();
    this.pump();
  }

  remove(uids) {
    for (const key of this.keys()) {
      if (!uids.has(key.split(".").at(-1))) continue;
      localStorage.removeItem(key);
      this.memory.delete(key);
    }
  }

  changed(state = this.state, why = "") {
    this.state = state;
    this.why = why;
    this.dispatchEvent(new Event("change"));
  }

  // The oldest items that may be sent: answers of one household together, a call's outcome by itself.
  batch() {
    const now = performance.now();
    const items = this.keys().map((key) => this.read(key)).filter((item) => item !== null);
    const first = items.find((item) => (this.blocked.get(item.case) ?? 0) <= now);
    if (first === undefined || first.kind === "outcome") return first === undefined ? [] : [first];
    const same = items.filter((item) => item.case === first.case);
    const end = same.findIndex((item) => item.kind === "outcome");
    return same.slice(0, end === -1 ? BATCH : Math.min(end, BATCH));
  }

  async pump() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    let pause = null;
    try {
      do { pause = await this.step(); } while (pause === 0);
    } finally {
      this.busy = false;
    }
    if (pause !== null) this.timer = setTimeout(() => this.pump(), pause);
  }

  // Sends one batch. Gives 0 to go on at once, a pause in milliseconds, or null when there is nothing left.
  async step() {
    if (this.state === "login" || this.state === "other-user") return this.tryLogin();
    const items = this.batch();
    if (items.length === 0) {
      if (this.size === 0) this.changed("quiet");
      return this.size === 0 ? null : BLOCKED_FOR;
    }
    try {
      const answer = items[0].kind === "outcome" ? await this.sendOutcome(items[0]) : await this.sendAnswers(items);
      return this.judge(items, answer);
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
      this.changed("offline");
      this.failures += 1;
      return PAUSES[Math.min(this.failures - 1, PAUSES.length - 1)];
    }
  }

  async tryLogin() {
    try {
      const state = await this.net.renew();
      if (state === null) return LOGIN_PAUSE;
      if (state.user !== this.user) { this.changed("other-user"); return LOGIN_PAUSE; }
      this.changed("sending");
      return 0;
    } catch {
      return LOGIN_PAUSE;
    }
  }

  sendAnswers(items) {
    const events = items.map(({ uid, question, value, language, base, seconds = null }) => ({ uid, question, value, language, base, seconds }));
    return this.net.send(`cases/${items[0].case}/answers`, { events });
  }

  sendOutcome({ case: caseId, began, kind, ...outcome }) {
    return this.net.send(`cases/${caseId}/outcome`, { ...outcome, seconds: Math.max(0, (this.net.now() - began) / 1000) });
  }

  judge(items, { status, body }) {
    this.failures = 0;
    if (status === 401) { this.changed("login"); return LOGIN_PAUSE; }
    if (status === 200) { this.settle(items, body); return 0; }
    const outcome = items[0].kind === "outcome";
    if (outcome && (status === 404 || status === 409 || status === 422)) {
      this.remove(new Set([items[0].uid]));
      this.changed(this.size ? "sending" : "quiet");
      this.dispatchEvent(new CustomEvent("outcome-refused", { detail: { item: items[0], body } }));
      return 0;
    }
    this.blocked.set(items[0].case, performance.now() + (status >= 500 || status === 429 ? PAUSES[2] : BLOCKED_FOR));
    this.changed("trouble", body.message ?? String(status));
    return PAUSES[2];
  }

  settle(items, body) {
    const refused = body.refused ?? [];
    const done = items[0].kind === "outcome" ? [items[0].uid] : [...body.saved, ...refused.map(({ uid }) => uid)];
    this.remove(new Set(done));
    this.savedAt = performance.now();
    this.changed(this.size ? "sending" : "quiet");
    const name = items[0].kind === "outcome" ? "outcome-saved" : "answers-saved";
    this.dispatchEvent(new CustomEvent(name, { detail: { items, body } }));
    for (const wrong of refused) {
      this.dispatchEvent(new CustomEvent("answer-refused", { detail: { wrong, case: items[0].case } }));
    }
  }
}
