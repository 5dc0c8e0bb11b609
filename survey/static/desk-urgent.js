// The red button. An alarm lies on this machine under its own id until the server has it, apart from the answers, so that
// nothing stands in its way; then the page asks until it can say who has taken it over. What happened is sent to be
// sealed, and never comes back here.

import { Offline } from "./desk-net.js";
import { newUid } from "./desk-outbox.js";
import { codes, fill } from "./desk-routing.js";
import { $, element, say } from "./desk-view.js";

const POLL = 5000;
const RETRY = 2000;
// F9 within so many milliseconds shows the alarm that was raised, instead of another one
const SAME = 2 * 3600 * 1000;
const REFUSALS = [403, 404, 422];

const tell = (name, values = {}) => fill($("urgent-texts").dataset[name], values);
const clock = (at) => new Date(at).toLocaleTimeString("sv-SE", { timeZone: "Asia/Shanghai" });

export class Alarms {
  constructor(net, user, loggedOut) {
    Object.assign(this, { net, loggedOut, card: null, risk: false, known: [], refused: "", failed: false, listed: null, marked: new Set(), memory: new Map() });
    this.prefix = `huifang.desk.${user}.urgent.`;
    this.listen();
    setInterval(() => this.ask(), POLL);
    this.ask(true);
    this.pump();
  }

  listen() {
    addEventListener("online", () => this.pump());
    addEventListener("beforeunload", (event) => { if (this.waiting().length > 0) event.preventDefault(); });
    $("urgent-steps").addEventListener("keydown", (event) => {
      if (event.key === "F9") event.preventDefault();
      else if (/^[1-5]$/.test(event.key) && !event.repeat) this.mark(event.key);
    });
    for (const button of document.querySelectorAll("#urgent-dangers button")) {
      button.addEventListener("click", () => this.mark(button.dataset.danger));
    }
    for (const button of document.querySelectorAll("#report-dangers button")) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      });
    }
    $("report-which").addEventListener("change", () => this.drawReport());
    $("urgent-report").addEventListener("submit", (event) => { event.preventDefault(); this.write(); });
  }

  // -- what waits on this machine ------------------------------------------------------------------------------

  keys() {
    return [...Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)), ...this.memory.keys()].sort();
  }

  waiting() {
    return this.keys().map((key) => ({ key, ...(this.memory.get(key) ?? JSON.parse(localStorage.getItem(key))) }));
  }

  store(item) {
    const last = this.keys().at(-1) ?? `${this.prefix}0`;
    const number = Number(last.slice(this.prefix.length).split(".")[0]) + 1;
    const key = `${this.prefix}${String(number).padStart(6, "0")}.${item.uid}`;
    try {
      localStorage.setItem(key, JSON.stringify(item));
    } catch {
      this.memory.set(key, item);
    }
    this.pump();
  }

  drop(key) {
    localStorage.removeItem(key);
    this.memory.delete(key);
  }

  // -- sending and asking --------------------------------------------------------------------------------------

  async pump() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    let pause = 0;
    try {
      for (let item = this.waiting()[0]; item !== undefined && pause === 0; item = this.waiting()[0]) pause = await this.send(item);
    } finally {
      this.busy = false;
    }
    this.draw();
    if (pause > 0) this.timer = setTimeout(() => this.pump(), pause);
  }

  // Sends the oldest item. Gives 0 when it is done with, or how long to wait before it is tried again.
  async send({ key, kind, uid, at, case: caseId, incident, dangers, text }) {
    try {
      const { status, body } = kind === "raise"
        ? await this.net.send(`cases/${caseId}/urgent`, { uid, seconds: Math.max(0, (this.net.now() - at) / 1000) })
        : await this.net.send("urgent/record", { uid, incident, dangers, text });
      this.failed = status !== 200;
      if (status === 401) this.loggedOut();
      if (status !== 200 && !REFUSALS.includes(status) && body.code !== "incident-closed") return RETRY;
      this.drop(key);
      if (status !== 200) this.refuse(kind, body.message, text);
      else if (kind === "raise") this.known = [body, ...this.known.filter((one) => one.uid !== uid)];
      else this.known = this.known.map((one) => (one.uid === incident && text !== "" ? { ...one, written: true } : one));
      return 0;
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
      this.failed = true;
      return RETRY;
    }
  }

  // What the server will never take: an alarm says so for good, words go back to where they were written.
  refuse(kind, message, text) {
    if (kind === "raise") { this.refused = message; return; }
    say("report-said", message);
    $("report-text").value ||= text;
  }

  // Whether somebody has taken it over; asked while nobody has.
  async ask(always = false) {
    if (!always && !$("urgent-steps").open && this.known.every(({ acknowledged }) => acknowledged !== null)) return;
    try {
      const { status, body } = await this.net.request("urgent");
      if (status === 200) this.known = body.incidents;
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
    }
    this.draw();
  }

  // -- raising and writing -------------------------------------------------------------------------------------

  // Every alarm that is not closed, the newest first: those that wait here, then those that the server has.
  get all() {
    const sent = new Set(this.known.map(({ uid }) => uid));
    const mine = this.waiting().filter(({ kind, uid }) => kind === "raise" && !sent.has(uid));
    const here = mine.map((item) => ({ ...item, raisedAt: clock(item.at), ago: (this.net.now() - item.at) / 1000, acknowledged: null }));
    return [...here.reverse(), ...this.known];
  }

  of(card) {
    return this.all.find((one) => one.case === card?.case && one.ago * 1000 < SAME);
  }

  // F9: raise an alarm for the household of this call at once; again, or between calls, show the one that was raised.
  raise(card) {
    if ($("urgent-steps").open || (card === null && this.all.length === 0)) return;
    if (card !== null && this.of(card) === undefined) {
      Object.assign(this, { refused: "", failed: false });
      const { case: caseId, zone, onCall } = card;
      this.store({ kind: "raise", uid: newUid(), case: caseId, at: this.net.now(), zone, onCall });
    }
    $("urgent-steps").showModal();
    this.draw();
  }

  get shown() {
    return this.card === null ? this.all[0] : this.of(this.card);
  }

  // One key says what kind of danger it is; words can follow after the call.
  mark(danger) {
    const alarm = this.shown, done = `${alarm?.uid} ${danger}`;
    if (alarm === undefined || this.marked.has(done)) return;
    this.marked.add(done);
    this.store({ kind: "record", uid: newUid(), incident: alarm.uid, dangers: [danger], text: "" });
    this.draw();
  }

  write() {
    const pressed = [...document.querySelectorAll("#report-dangers [aria-pressed=true]")];
    const dangers = pressed.map((button) => button.dataset.danger), text = $("report-text").value.trim();
    if (text === "" && dangers.length === 0) { say("report-said", tell("reportEmpty")); return; }
    this.store({ kind: "record", uid: newUid(), incident: $("report-which").value, dangers, text });
    $("report-text").value = "";
    for (const button of pressed) button.setAttribute("aria-pressed", "false");
    say("report-said", tell("reportSealed"));
  }

  // -- showing -------------------------------------------------------------------------------------------------

  // The call on the page, or null. A risk signal among its answers reminds of the button until it was pressed.
  attend(call, draft) {
    this.card = call?.card ?? null;
    this.risk = call !== null && signalled(call, draft);
    this.draw();
  }

  draw() {
    const alarm = this.shown;
    if (alarm !== undefined) this.drawDialog(alarm);
    this.drawLine(this.all.find(({ acknowledged }) => acknowledged === null) ?? (this.card === null ? undefined : alarm));
    this.drawReport();
  }

  state(alarm) {
    if (this.refused !== "") return ["refused", tell("refused", { why: this.refused })];
    const onItsWay = this.failed ? "unsent" : "sending";
    if (!("written" in alarm)) return [onItsWay, tell(onItsWay, { at: alarm.raisedAt })];
    if (alarm.acknowledged === null) return ["waiting", tell("waiting", { at: alarm.raisedAt })];
    return ["taken", tell("taken", { at: alarm.raisedAt, by: alarm.acknowledged.by, taken: alarm.acknowledged.at })];
  }

  drawDialog(alarm) {
    const { name, phone } = alarm.onCall;
    $("on-call-name").textContent = name || (phone ? "" : tell("noOnCall"));
    $("on-call-phone").replaceChildren(phone ? element("a", phone, { href: `tel:${phone}` }) : "");
    show("urgent-recorded", ...this.state(alarm));
    for (const button of document.querySelectorAll("#urgent-dangers button")) {
      button.setAttribute("aria-pressed", String(this.marked.has(`${alarm.uid} ${button.dataset.danger}`)));
    }
  }

  // On the page itself, so that it can be seen with the dialog closed.
  drawLine(alarm) {
    if (alarm !== undefined || this.refused !== "") show("urgent-line", ...this.state(alarm));
    else show("urgent-line", "hint", this.risk && this.shown === undefined ? tell("hint") : "");
  }

  // The list is drawn anew only when it changed, so that it stays open under the cursor.
  drawReport() {
    const open = this.all, list = open.map(({ uid }) => uid).join(" "), which = $("report-which");
    $("urgent-report").hidden = open.length === 0;
    if (list !== this.listed) {
      which.replaceChildren(...open.map(({ uid, zone, raisedAt }) => element("option", `${raisedAt} ${zone}`, { value: uid })));
      $("report-box").open = open.length > 0 && !open[0].written;
      this.listed = list;
    }
    $("report-written").hidden = !open.some(({ uid, written }) => uid === which.value && written);
  }
}

function show(id, state, line) {
  const place = $(id);
  place.dataset.state = state;
  if (place.textContent !== line) place.textContent = line;
  place.hidden = line === "";
}

function signalled(call, draft) {
  const risk = call.questionnaire.questions.find(({ role }) => role === "risk");
  if (risk === undefined) return false;
  const given = call.position === risk.name && draft !== undefined ? draft : call.answers[risk.name];
  return codes(given).some((code) => risk.choices.find((choice) => choice.code === code)?.exclusive === false);
}
