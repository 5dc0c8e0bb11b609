// The desk: from the next household to the outcome of the call, on one page, every step by key.

import { Call, toggled } from "./desk-call.js";
import { Net, Offline } from "./desk-net.js";
import {
  LANGUAGES, bigType, bigTypeWanted, clearOutcome, filledOutcome, markChoices, markLanguage, spokenWith, toggleBigType,
  wrongTime,
} from "./desk-form.js";
import { listenToKeys } from "./desk-keys.js";
import { guardLeaving } from "./desk-leave.js";
import { newUid, Outbox } from "./desk-outbox.js";
import { Stopwatch } from "./desk-stopwatch.js";
import { Alarms } from "./desk-urgent.js";
import {
  $, element, holdFor, markOutcome, offerOutcomes, outcomeButtons, say, showDay, showHalfHours, showHousehold, showDue, showIdentity,
  showLease, showPhones, showQuestion, showSavedLine, showSaving, showSection, suggestAppointment, tellNumber, text,
} from "./desk-view.js";

const desk = $("desk").dataset;
const USER = Number(desk.user);
const REVEAL = Number(desk.revealSeconds) * 1000;
const BEAT = 60_000;
const PLACE = `huifang.desk.${USER}.call`; // where this page stands, so that a reload goes on there

const net = new Net(desk.root, USER);
const outbox = new Outbox(net, USER);
const alarms = new Alarms(net, USER, () => { outbox.changed("login"); outbox.pump(); });
const stopwatch = new Stopwatch();
const questionnaires = new Map();

const now = {
  phase: "idle", call: null, slot: 0, began: null, language: "zh", draft: undefined, digits: "",
  shown: new Map(), outcome: null, correcting: null, before: "question",
};

// -- remembering ---------------------------------------------------------------------------------------------

function remember() {
  if (now.call === null) return;
  const { phase, slot, began, language, draft, outcome, before } = now;
  const { position, card, untouched } = now.call;
  const where = { case: card.case, inbound: card.inbound, position, untouched };
  const place = { ...where, phase, slot, began, language, draft, outcome, before };
  try { localStorage.setItem(PLACE, JSON.stringify(place)); } catch { /* the answers have a place of their own */ }
}

function remembered() {
  try { return JSON.parse(localStorage.getItem(PLACE)); } catch { return null; }
}

// -- steps ---------------------------------------------------------------------------------------------------

function go(phase) {
  now.phase = phase;
  document.body.dataset.phase = phase;
  showSection(phase, mayGiveBack());
  if (now.call !== null) drawPhones();
  if (phase === "question") ask();
  else focusStage();
  stopwatch.show(phase === "question" ? now.call.position : null);
  alarms.attend(now.call, now.draft);
  remember();
}

function focusStage() {
  const type = now.phase === "question" ? now.call.question.type : "";
  (type === "text" || type === "integer" ? $("words") : stage()).focus({ preventScroll: true });
}

// Before the number is shown; or, when a household that rang was opened by mistake, before anything is answered.
function mayGiveBack() {
  const rangOnly = now.call !== null && now.call.card.inbound && now.call.untouched;
  return now.phase === "dial" || (rangOnly && (now.phase === "question" || now.phase === "finished"));
}

const stage = () => ({
  idle: $("take-next"), dial: $("reveal"), question: $("wording"), finished: $("advance"), wrapup: $("record"),
}[now.phase] ?? document.body);

function idle(message, day) {
  localStorage.removeItem(PLACE);
  Object.assign(now, { call: null, outcome: null, correcting: null, draft: undefined, shown: new Map(), began: null });
  say("notice", "");
  say("idle-message", message);
  if (day) showDay(day, correct);
  go("idle");
}

async function answerOf(path, body) {
  try {
    const answer = await net.send(path, body);
    if (answer.status === 200) { say("notice", ""); return answer.body; }
    if (answer.status === 401) { outbox.changed("login"); outbox.pump(); }
    say("notice", answer.status === 401 ? text("login") : answer.body.message ?? String(answer.status));
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    say("notice", text("noNetwork"));
  }
  return null;
}

async function takeNext() {
  const answer = await answerOf("next", {});
  if (answer === null) return;
  if (answer.card === null) idle(answer.why, answer.day);
  else await receive(answer.card);
}

async function questionnaireOf(digest) {
  if (!questionnaires.has(digest)) questionnaires.set(digest, await answerOf(`questionnaires/${digest}`));
  return questionnaires.get(digest) ?? (questionnaires.delete(digest), null);
}

// A household on the desk; `place` is where a reloaded page had been with it.
async function receive(card, place = null) {
  const questionnaire = await questionnaireOf(card.questionnaire);
  if (questionnaire === null) return;
  const call = new Call({ ...card, inbound: card.inbound || place?.inbound === true }, questionnaire);
  const fresh = { slot: call.card.inbound ? 0 : card.nextSlot ?? 0, began: null, draft: undefined, language: spokenWith(desk.spoken, card) };
  Object.assign(now, { call, digits: "", shown: new Map(), outcome: null, correcting: null }, fresh);
  stopwatch.clear();
  call.overlay(outbox.of(card.case));
  markLanguage(now.language);
  for (const flash of document.querySelectorAll("main > [role=status] > .notice")) flash.remove();
  showHousehold(call.card);
  if (place !== null) goOn(call, place);
  else if (call.card.inbound) connected();
  else if (card.dialled !== null) goOnDialled(card.dialled);
  else go("dial");
  if (card.phones.length === 0 && !call.card.inbound) say("notice", text("none"));
}

function goOn(call, place) {
  call.returnTo(place.position);
  const { slot, began, language, draft, outcome, before } = place;
  Object.assign(now, { slot, began, language, draft, outcome, before });
  call.untouched = place.untouched === true;
  markLanguage(now.language);
  if (outbox.of(call.card.case).some(({ kind }) => kind === "outcome")) { go("waiting"); return; }
  if (place.phase === "wrapup") { now.phase = before; wrapUp(outcome); }
  else go(place.phase === "dial" ? "dial" : call.position === null ? "finished" : "question");
}

// The number was shown before, in a call of which nothing is recorded: it goes on, or its outcome is recorded now.
function goOnDialled({ slot, seconds }) {
  now.slot = slot;
  connected(net.now() - seconds * 1000);
  say("notice", text("dialled"));
}

async function giveBack() {
  const answer = await answerOf(`cases/${now.call.card.case}/give-back`, {});
  if (answer !== null) idle(text("welcome"), answer.day);
}

// -- the number ----------------------------------------------------------------------------------------------

function drawPhones() {
  const dialling = now.phase === "dial";
  showPhones(now.call.card, now.slot, now.shown, dialling ? chooseSlot : reveal, dialling ? null : reveal);
}

function chooseSlot(slot) {
  if (!now.call.card.phones.some((phone) => phone.slot === slot)) return;
  now.slot = slot;
  drawPhones();
  remember();
}

async function reveal(slot = now.slot) {
  const call = now.call;
  if (slot === 0) return;
  const answer = await answerOf(`cases/${call.card.case}/reveal`, { slot });
  if (answer === null || now.call !== call) return;
  now.shown.set(slot, answer.number);
  setTimeout(() => { now.shown.delete(slot); if (now.call === call) drawPhones(); }, REVEAL);
  if (now.phase === "dial") { now.slot = slot; connected(); return; }
  drawPhones();
  focusStage();
}

function connected(began = net.now()) {
  now.began = began;
  now.call.begin();
  now.draft = undefined;
  go(now.call.position === null ? "finished" : "question");
}

// -- the question --------------------------------------------------------------------------------------------

function ask() {
  const { call } = now, { question } = call;
  if (now.draft === undefined) now.draft = call.given;
  clearDigits();
  showQuestion(call, now.language, now.draft);
  focusStage();
  scrollTo(0, 0);
}

function choose(code) {
  const { question } = now.call;
  if (!now.call.choices(question).some((choice) => choice.code === code)) return false;
  now.draft = toggled(question, now.draft, code);
  say("wrong", "");
  alarms.attend(now.call, now.draft);
  markChoices(now.draft);
  remember();
  return true;
}

function clearDigits() {
  now.digits = "";
  say("typed", "");
}

function typeDigit(digit) {
  const { question } = now.call;
  const longest = Math.max(0, ...question.choices.map(({ code }) => code.length));
  now.digits += digit;
  if (now.digits.length < longest) { say("typed", text("typed", { digit: now.digits })); return; }
  const chosen = choose(now.digits);
  clearDigits();
  if (chosen && question.type === "select_one") advance();
}

function advance() {
  if (now.phase === "finished") { wrapUp("interview", true); return; }
  const { call } = now, { question } = call;
  if (call.lacks(now.draft)) { say("wrong", text(question.choices.length ? "pick" : "write")); return; }
  const { item, then } = call.take(now.draft, now.language);
  say("wrong", "");
  now.draft = undefined;
  if (item !== null) outbox.add({ ...item, seconds: stopwatch.seconds(item.question) });
  if (then === "ended") wrapUp(call.gone.ending, true);
  else go(then);
  if (then === "finished") wrapUp("interview", true);
}

function back() {
  say("wrong", "");
  if (!now.call.back()) return;
  now.draft = undefined;
  go("question");
}

function speak(language) {
  now.language = language;
  markLanguage(now.language);
  if (now.phase === "question") showQuestion(now.call, language, now.draft);
  remember();
}

// -- the outcome ---------------------------------------------------------------------------------------------

// `byAnswers`: the outcome follows from what was answered, nobody chose it.
function wrapUp(code = null, byAnswers = false) {
  if (now.phase !== "wrapup" && now.phase !== "waiting") now.before = now.phase; // "waiting": the outcome was refused
  offerOutcomes((now.correcting ?? now.call.card).inbound, now.correcting !== null);
  say("wrapup-wrong", "");
  tellNumber(now.call, now.before === "finished");
  go("wrapup");
  pickOutcome(code);
  $("suggested").hidden = code === null || !byAnswers;
}

function pickOutcome(code) {
  now.outcome = code;
  markOutcome(code);
  $("suggested").hidden = true;
  if (code === "D21") {
    if (!$("appointment-day").value) suggestAppointment(net.now());
    halfHours();
    $("appointment-time").focus();
  } else stage().focus({ preventScroll: true });
  remember();
}

// How full the day is that the appointment is made for. Without the network the time is simply typed.
async function halfHours() {
  const day = $("appointment-day").value;
  const { case: caseId } = now.correcting ?? now.call.card;
  showHalfHours([], null);
  if (!day || caseId === undefined) return;
  try {
    const { status, body } = await net.send(`cases/${caseId}/half-hours/${day}`);
    if (status === 200 && $("appointment-day").value === day) showHalfHours(body.halfHours, pickTime);
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
  }
}

function pickTime(time) {
  $("appointment-time").value = time;
  $("record").focus();
}

function leaveWrapUp() {
  if (now.correcting !== null) { idle("", null); return; }
  // an answer that ended the interview is asked anew when the call goes on after all
  if (now.call.gone.ending !== null) now.call.position = now.call.gone.endedBy;
  go(now.before === "wrapup" ? "question" : now.before);
}

// Right back to the answer that led here, to change it.
function leaveByBack() {
  if (now.correcting === null && now.before === "finished") back();
  else leaveWrapUp();
}

async function recordOutcome() {
  if (now.outcome === null) { say("wrapup-wrong", text("chooseOutcome")); return; }
  if (wrongTime(now.outcome)) return;
  if (now.correcting !== null) { await sendCorrection(); return; }
  go("waiting");
  outbox.add({ kind: "outcome", case: now.call.card.case, began: now.began ?? net.now(), ...filledOutcome(now.outcome, now.slot, now.language) });
}

async function outcomeSaved({ detail: { items: [item], body } }) {
  if (now.call?.card.case !== item.case) { showDay(body.day, correct); return; }
  clearWrapUp();
  showDay(body.day, correct);
  if (body.card === null) { idle(text("recorded"), body.day); return; }
  await receive(body.card);
  say("notice", text("anotherNumber"));
}

function clearWrapUp() {
  clearOutcome();
  $("appointment-mine").checked = true;
}

function outcomeRefused({ detail: { item, body } }) {
  if (now.call?.card.case !== item.case) { say("notice", body.message); return; }
  wrapUp(item.code);
  say("wrapup-wrong", body.message ?? "");
}

function correct(attempt) {
  if (now.phase !== "idle") return;
  now.correcting = attempt;
  wrapUp(null);
  $("household").hidden = true;
}

async function sendCorrection() {
  const answer = await answerOf(`attempts/${now.correcting.id}/correct`, filledOutcome(now.outcome, now.slot, now.language));
  if (answer === null) { say("wrapup-wrong", $("notice").textContent); return; }
  clearWrapUp();
  idle(text("corrected"), answer.day);
}

// -- somebody rings, somebody is in danger ---------------------------------------------------------------------

async function find(event) {
  event.preventDefault();
  const number = $("caller-number").value.normalize("NFKC").replace(/[^0-9]/g, "");
  $("matches").replaceChildren();
  if (!/^[0-9]{4,15}$/.test(number)) { $("matches").replaceChildren(element("li", text("callerNumber"))); return; }
  const answer = await answerOf("find", { number });
  if (answer === null) return;
  $("caller-number").value = "";
  if (answer.matches.length === 1) { await openCase(answer.matches[0].case); return; }
  if (answer.matches.length === 0) { $("matches").replaceChildren(element("li", text("noMatch"))); return; }
  $("matches").replaceChildren(...answer.matches.map((match) => {
    const row = element("li", `${match.salutation}　${match.zone}　`, { lang: "zh" });
    const button = element("button", text("open"), { type: "button", class: "btn btn-sm btn-outline-secondary" });
    button.addEventListener("click", () => openCase(match.case));
    row.append(button);
    return row;
  }));
}

async function openCase(caseId) {
  const answer = await answerOf(`cases/${caseId}/open`, {});
  if (answer === null) return;
  $("matches").replaceChildren();
  await receive(answer.card);
}

// A call that is about nobody on the list: one key, and nothing is said about who is on it.
async function received(kind) {
  const answer = await answerOf("received", { uid: newUid(), kind });
  if (answer !== null) $("matches").replaceChildren(element("li", text("received", { kind: answer.kind, at: new Date(net.now()).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false }) })));
}

function ringBack() {
  $("caller-number").focus();
}

// -- the first minute ------------------------------------------------------------------------------------------

function whoAreYou() {
  showIdentity(now.call.card, now.language);
  $("identity").showModal();
}

// What ends a call in its first minute goes straight to its outcome; a household that rang cannot be a wrong number of ours.
function endWith(code) {
  wrapUp();
  const button = outcomeButtons().find((one) => one.dataset.code === code);
  if (button && !button.closest("[hidden]")) pickOutcome(code);
}

// -- the line ---------------------------------------------------------------------------------------------------

async function offerLines() {
  const answer = await answerOf("lines");
  if (answer === null) return;
  const none = element("option", text("noLine"), { value: "" });
  $("line").replaceChildren(none, ...answer.lines.map(({ id, name }) => element("option", name, { value: id, lang: "zh" })));
  $("line").value = answer.mine ?? "";
  $("line-field").hidden = answer.lines.length === 0;
}

async function chooseLine() {
  const line = $("line").value === "" ? null : Number($("line").value);
  if ((await answerOf("line", { line })) === null) await offerLines();
  $("line").blur();
}

const urgent = () => alarms.raise(now.call?.card ?? null);

// -- keys and buttons ----------------------------------------------------------------------------------------

const nextLanguage = () => speak(LANGUAGES[(LANGUAGES.indexOf(now.language) + 1) % LANGUAGES.length]);

listenToKeys(now, stage, {
  advance, back, chooseSlot, clearDigits, endWith, giveBack, leaveByBack, leaveWrapUp, nextLanguage, pickOutcome, received,
  recordOutcome, reveal, ringBack, takeNext, toggleBigType, typeDigit, urgent, whoAreYou, wrapUp,
});

const click = (id, action) => $(id).addEventListener("click", () => action());
click("take-next", takeNext);
click("reveal", () => reveal());
click("give-back", giveBack);
click("advance", advance);
click("previous", back);
click("end-call", () => (now.phase === "finished" ? wrapUp("interview", true) : wrapUp()));
click("urgent", urgent);
click("record", recordOutcome);
click("back-to-call", leaveWrapUp);
click("show-keys", () => $("keys").showModal());
click("big-type", () => { toggleBigType(); $("big-type").blur(); });
$("find").addEventListener("submit", find);
click("received", () => received("enquiry"));
click("received-stop", () => received("no_more_calls"));
click("who-are-you", whoAreYou);
for (const button of document.querySelectorAll("#first-minute [data-ends]")) {
  button.addEventListener("click", () => endWith(button.dataset.ends));
}
$("line").addEventListener("change", chooseLine);
$("appointment-day").addEventListener("change", halfHours);
$("words").addEventListener("input", () => { now.draft = $("words").value; remember(); });
$("choices").addEventListener("click", ({ target }) => {
  const button = target.closest(".choice");
  if (button) { choose(button.dataset.code); $("wording").focus({ preventScroll: true }); }
});
for (const button of outcomeButtons()) button.addEventListener("click", () => pickOutcome(button.dataset.code));
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => { speak(button.dataset.language); button.blur(); });
}

// -- saving, lease, clock --------------------------------------------------------------------------------------

outbox.addEventListener("change", () => showSaving(outbox));
outbox.addEventListener("outcome-saved", outcomeSaved);
outbox.addEventListener("outcome-refused", outcomeRefused);
outbox.addEventListener("answers-saved", ({ detail: { items, body } }) => {
  if (now.call?.card.case === items[0].case) now.call.revision = body.revision;
});
outbox.addEventListener("answer-refused", ({ detail: { wrong, case: caseId } }) => {
  const message = text("refused", { question: wrong.question, why: wrong.message });
  if (now.call?.card.case !== caseId) { say("notice", message); return; }
  delete now.call.answers[wrong.question];
  if (now.call.gone.asked.some(({ name }) => name === wrong.question)) {
    now.call.position = wrong.question;
    now.draft = undefined;
    go("question");
  }
  say("wrong", message);
});
guardLeaving(outbox, alarms, () => ["question", "finished", "wrapup"].includes(now.phase) && now.call !== null);

async function beat() {
  if (now.call === null) return;
  const call = now.call;
  try {
    const { status, body } = await net.send(`cases/${call.card.case}/heartbeat`, {});
    if (now.call !== call) return;
    if (status === 200) holdFor(body.leaseSeconds);
    else if ((status === 409 || status === 403) && now.phase !== "waiting") say("notice", text("lost"));
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
  }
}

function tick() {
  showDue(net.now());
  $("clock").textContent = new Date(net.now()).toLocaleTimeString("zh-CN", {
    timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false,
  });
}

// The state at the start. A lease that ran out while the page was closed is taken up again if nobody else came.
async function stateNow(place) {
  const state = await answerOf("state");
  if (state === null || state.card !== null || place === null) return state;
  net.token = state.csrf;
  const { status } = await net.send(`cases/${place.case}/heartbeat`, {});
  return status === 200 ? await answerOf("state") : state;
}

async function begin() {
  setInterval(tick, 10_000);
  setInterval(() => { showSavedLine(outbox); showLease(); }, 1000);
  setInterval(beat, BEAT);
  bigType(bigTypeWanted());
  showSaving(outbox);
  speak(spokenWith(desk.spoken, { language: "" }));
  const place = remembered();
  const state = await stateNow(place);
  tick();
  if (state === null) { showSection("idle"); outbox.pump(); return; }
  net.token = state.csrf;
  offerLines();
  showDay(state.day, correct);
  if (state.card === null) idle(text("welcome"), state.day);
  else await receive(state.card, place?.case === state.card.case ? place : null);
  outbox.pump();
}

begin();
