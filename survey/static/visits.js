// Home visits on a telephone, offline from start to end: households are taken along while there is a network; the
// interview runs on what the telephone keeps; answers and outcomes wait in the outbox until they are stored.

import { Call, toggled } from "./desk-call.js";
import { bigType, bigTypeWanted, clearOutcome, filledOutcome, markChoices, markLanguage, spokenWith, toggleBigType, wrongTime } from "./desk-form.js";
import { Net, Offline } from "./desk-net.js";
import { Stopwatch } from "./desk-stopwatch.js";
import { Alarms } from "./desk-urgent.js";
import {
  $, markOutcome, outcomeButtons, say, showIdentity, showQuestion, showSavedLine, showSaving, showSection, suggestAppointment, tellNumber, text,
} from "./desk-view.js";
import { begun, chosen, showDoor, showHomes, showNoList, showPlaces } from "./visits-list.js";
import { VisitOutbox } from "./visits-outbox.js";
import { Store } from "./visits-store.js";

const page = $("desk").dataset;
const USER = Number(page.user);
const HERE = `huifang.visits.${USER}.here`; // at whose door the page was when it was closed
// what the questionnaire ends a call with, and what that is at a door
const AT_DOOR = { D31: "D30" };

const desk = new Net(page.root, USER), visits = new Net(page.here, USER);
const store = new Store(USER), outbox = new VisitOutbox(desk, USER);
const alarms = new Alarms(desk, USER, () => { outbox.changed("login"); outbox.pump(); }), stopwatch = new Stopwatch();
const now = { phase: "idle", call: null, began: null, language: "zh", draft: undefined, outcome: null, before: "question" };

// -- the list ------------------------------------------------------------------------------------------------

function showList(message = "") {
  Object.assign(now, { phase: "idle", call: null, began: null, draft: undefined, outcome: null });
  localStorage.removeItem(HERE);
  say("notice", message);
  showHomes(store.homes(), openHome);
  step("idle");
}

async function answerOf(net, path, body) {
  try {
    const { status, body: answer } = await net.send(path, body);
    if (status === 200) return answer;
    if (status === 401) { outbox.changed("login"); outbox.pump(); }
    say("notice", status === 401 ? text("login") : answer.message ?? String(status));
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
  }
  return null;
}

// What the server says this person carries is what the telephone may keep; the rest goes, but for what waits to be sent.
async function synchronise() {
  const state = await answerOf(visits, "state");
  if (state === null) { showNoList(); return; }
  if (state.user !== USER) { location.reload(); return; }
  desk.token = visits.token = state.csrf;
  outbox.pump();
  const carried = new Set(state.carried);
  const over = store.homes().filter((home) => !carried.has(home.case) && !home.done && home.case !== now.call?.card.case);
  for (const home of over) store.wipe(home.case);
  if (over.length) say("notice", text("over", { n: over.length }));
  const missing = state.carried.filter((caseId) => store.home(caseId) === null);
  if (missing.length) await takeAlong(missing);
  const list = await answerOf(visits, "list");
  if (list === null) showNoList();
  else showPlaces(list.places);
  if (now.phase === "idle") showHomes(store.homes(), openHome);
}

async function takeAlong(cases) {
  const answer = await answerOf(visits, "take", { cases });
  if (answer === null) return;
  const kept = [];
  for (const card of answer.homes) kept.push(await keep(card));
  const taken = kept.filter(Boolean).length;
  const words = [taken ? text("taken", { n: taken }) : "", answer.gone.length ? text("gone", { n: answer.gone.length }) : ""];
  if (taken < kept.length) words.push(text("full"));
  say("notice", words.join(""));
  navigator.storage?.persist?.();
}

// A household counts as taken along only when all that its interview needs lies on the telephone.
async function keep(card) {
  const form = store.form(card.questionnaire) ?? await answerOf(desk, `questionnaires/${card.questionnaire}`);
  const order = Math.max(0, ...store.homes().map((home) => home.order)) + 1;
  if (form !== null && store.keep(card, order) && store.keepForm(card.questionnaire, form)) return true;
  store.wipe(card.case);
  await answerOf(visits, `cases/${card.case}/give-back`, {});
  return false;
}

async function take(event) {
  event.preventDefault();
  $("take").disabled = true;
  await takeAlong(chosen());
  const said = $("notice").textContent;
  await synchronise();
  say("notice", said);
}

async function giveBack() {
  const { case: caseId } = now.call.card;
  if (outbox.of(caseId).length) { say("notice", text("firstRecord")); return; }
  const answer = await answerOf(visits, `cases/${caseId}/give-back`, {});
  if (answer === null) { if ($("notice").hidden) say("notice", text("noNetwork")); return; }
  store.wipe(caseId);
  showList(text("givenBack"));
  synchronise();
}

// -- at the door ---------------------------------------------------------------------------------------------

function openHome(caseId) {
  const home = store.home(caseId), form = home && store.form(home.card.questionnaire);
  if (!form || home.done) return;
  const call = new Call(home.card, form);
  Object.assign(call.answers, home.answers);
  for (const name of Object.keys(home.answers)) call.masked.delete(name);
  call.revision = home.revision ?? call.revision;
  Object.assign(now, { call, began: null, draft: undefined, outcome: null, language: spokenWith(page.spoken, home.card) });
  localStorage.setItem(HERE, caseId);
  showDoor(home.card, begun(home));
  say("roster-note", home.card.note);
  say("warning", home.refused || home.card.warning);
  say("notice", "");
  $("drop").hidden = !home.frozen;
  stopwatch.clear();
  markLanguage(now.language);
  if (home.place === null) step("dial");
  else goOn(home.place);
}

function goOn({ position, phase, began, language, draft, outcome, before }) {
  now.call.returnTo(position);
  now.call.untouched = false;
  Object.assign(now, { began, language, draft, outcome, before });
  markLanguage(now.language);
  if (phase === "wrapup") { now.phase = before; wrapUp(outcome); }
  else if (phase === "question") step(now.call.position === null ? "finished" : "question");
  else step(phase);
}

function step(phase) {
  now.phase = phase;
  document.body.dataset.phase = phase;
  showSection(phase);
  if (phase === "question") ask();
  $("advance").textContent = text(phase === "finished" ? "finish" : "next");
  stopwatch.show(phase === "question" ? now.call.position : null);
  alarms.attend(now.call, now.draft);
  remember();
  scrollTo(0, 0);
}

function remember() {
  if (now.call === null || (now.phase === "dial" && now.began === null)) return;
  const { phase, began, language, draft, outcome, before } = now;
  store.change(now.call.card.case, { place: { phase, began, language, draft, outcome, before, position: now.call.position } });
}

function begin() {
  now.began = Date.now();
  now.call.begin();
  step(now.call.position === null ? "finished" : "question");
}

// -- the question --------------------------------------------------------------------------------------------

function ask() {
  const { call } = now, { question } = call;
  if (now.draft === undefined) now.draft = call.given;
  showQuestion(call, now.language, now.draft);
  if (call.question.role === "identity") say("hint", text("doorHint"));
}

function choose(code) {
  const { question } = now.call;
  now.draft = toggled(question, now.draft, code);
  say("wrong", "");
  markChoices(now.draft);
  alarms.attend(now.call, now.draft);
  remember();
}

function advance() {
  if (now.phase === "finished") { wrapUp("interview", true); return; }
  const { call } = now, { question } = call;
  if (call.lacks(now.draft)) { say("wrong", text(question.choices.length ? "pick" : "write")); return; }
  const { item, then } = call.take(now.draft, now.language);
  say("wrong", "");
  now.draft = undefined;
  if (item !== null) keepAnswer({ ...item, seconds: stopwatch.seconds(item.question) });
  if (then === "ended") wrapUp(AT_DOOR[call.gone.ending] ?? call.gone.ending, true);
  else step(then);
}

// Twice on the telephone until the household is uploaded: to be sent, and to go on with after a restart.
function keepAnswer(item) {
  const { answers } = store.home(item.case) ?? { answers: {} };
  store.change(item.case, { answers: { ...answers, [item.question]: item.value } });
  outbox.add(item);
}

function back() {
  say("wrong", "");
  if (!now.call.back()) { step("dial"); return; }
  now.draft = undefined;
  step("question");
}

function speak(language) {
  now.language = language;
  markLanguage(now.language);
  if (now.phase === "question") showQuestion(now.call, language, now.draft);
  remember();
}

// -- the outcome ---------------------------------------------------------------------------------------------

// A finished interview is offered only where the questionnaire came to its end: at home it is too late to ask on.
function wrapUp(code = null, byAnswers = false) {
  now.before = now.phase === "wrapup" ? now.before : now.phase;
  now.began ??= Date.now();
  $("interview-outcome").hidden = now.before !== "finished";
  say("wrapup-wrong", "");
  tellNumber(now.call, now.before === "finished");
  step("wrapup");
  pickOutcome(code);
  $("suggested").hidden = code === null || !byAnswers;
}

function pickOutcome(code) {
  now.outcome = code;
  markOutcome(code);
  $("suggested").hidden = true;
  if (code === "D21") {
    if (!$("appointment-day").value) suggestAppointment(Date.now());
    $("appointment").scrollIntoView({ block: "center" });
  }
  remember();
}

function leaveWrapUp() {
  const { call } = now;
  if (call.gone.ending !== null) call.position = call.gone.endedBy;
  now.draft = undefined;
  if (now.before === "dial") { now.began = null; store.change(call.card.case, { place: null }); }
  step(now.before === "wrapup" ? "question" : now.before);
}

function record() {
  const { outcome, call, began } = now;
  if (outcome === null) { say("wrapup-wrong", text("chooseOutcome")); return; }
  if (wrongTime(outcome)) return;
  const item = { kind: "outcome", case: call.card.case, began, ...filledOutcome(outcome, 0, now.language) };
  if (outcome === "D21" && item.appointment === "") { say("wrapup-wrong", text("chooseTime")); return; }
  store.change(item.case, { done: true, refused: "", frozen: false, place: null });
  clearOutcome();
  outbox.add(item);
  showList(text("recorded"));
}

// -- uploading -----------------------------------------------------------------------------------------------

outbox.addEventListener("change", () => showSaving(outbox));
outbox.addEventListener("outcome-saved", ({ detail: { items: [item] } }) => {
  store.wipe(item.case);
  if (now.phase === "idle") showList(text("uploaded"));
  synchronise();
});
outbox.addEventListener("answers-saved", ({ detail: { items: [item], body } }) => {
  store.change(item.case, { revision: body.revision });
  if (now.call?.card.case === item.case) now.call.revision = body.revision;
});
outbox.addEventListener("outcome-refused", ({ detail: { item, body } }) => {
  store.change(item.case, { done: false, refused: body.message ?? "", frozen: body.code === "round-closed" });
  if (now.phase === "idle") showList();
});
outbox.addEventListener("answer-refused", ({ detail: { wrong, case: caseId } }) => {
  const home = store.home(caseId), message = text("refused", { question: wrong.question, why: wrong.message });
  if (home !== null) {
    delete home.answers[wrong.question];
    store.change(caseId, { answers: home.answers });
  }
  if (now.call?.card.case === caseId) delete now.call.answers[wrong.question];
  say("notice", message);
});

// A round that was closed takes nothing any more: only the person may give up what is left of its households.
function drop() {
  const { case: caseId } = now.call.card;
  outbox.forget(caseId);
  store.wipe(caseId);
  $("dropping").close();
  showList();
}

// -- leaving -------------------------------------------------------------------------------------------------

const logout = document.querySelector(".leave");
let decided = false;

logout.addEventListener("submit", (event) => {
  const homes = store.homes();
  if (decided || (homes.length === 0 && outbox.size === 0)) return;
  event.preventDefault();
  $("leaving-why").textContent = text("leaving", { homes: homes.length, n: outbox.size });
  $("leaving").showModal();
});

// Nobody who picks the telephone up afterwards finds households on it; what waits to be sent stays.
async function leaveAnyway() {
  decided = true;
  for (const home of store.homes()) {
    if (!begun(home) && !home.done) await answerOf(visits, `cases/${home.case}/give-back`, {});
    store.wipe(home.case);
  }
  logout.requestSubmit();
}

// -- the page ------------------------------------------------------------------------------------------------

const click = (id, action) => $(id).addEventListener("click", () => action());
click("begin", begin);
click("nobody", () => wrapUp());
click("to-list", () => showList());
click("give-back", giveBack);
click("drop", () => $("dropping").showModal());
click("drop-anyway", drop);
click("advance", advance);
click("previous", back);
click("end-call", () => wrapUp(...(now.phase === "finished" ? ["interview", true] : [])));
click("urgent", () => alarms.raise(now.call?.card ?? null));
click("record", record);
click("back-to-call", leaveWrapUp);
click("refresh", synchronise);
click("leave-anyway", leaveAnyway);
click("big-type", toggleBigType);
click("who-are-you", () => { showIdentity(now.call.card, now.language); $("identity").showModal(); });
for (const button of document.querySelectorAll("[data-ends]")) button.addEventListener("click", () => wrapUp(button.dataset.ends));
$("choose").addEventListener("submit", take);
$("words").addEventListener("input", () => { now.draft = $("words").value; remember(); });
$("choices").addEventListener("click", ({ target }) => {
  const button = target.closest(".choice");
  if (!button) return;
  choose(button.dataset.code);
  if (now.call.question.type === "select_one") advance();
});
for (const button of outcomeButtons()) button.addEventListener("click", () => pickOutcome(button.dataset.code));
for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
addEventListener("online", synchronise);

async function prepareForNoNetwork() {
  const ready = (words, good) => {
    $("offline-ready").textContent = text(words);
    $("offline-ready").className = good ? "tag tag-good" : "notice notice-warning";
  };
  try {
    await navigator.serviceWorker.register(page.worker, { updateViaCache: "none" });
    await navigator.serviceWorker.ready;
    ready("ready", true);
  } catch {
    if (navigator.serviceWorker?.controller) ready("ready", true);
    else ready("unready", false);
  }
}

function start() {
  bigType(bigTypeWanted());
  speak(spokenWith(page.spoken, { language: "" }));
  showSaving(outbox);
  setInterval(() => showSavedLine(outbox), 1000);
  const lost = store.wipeOver();
  setInterval(() => { if (now.phase === "idle" && store.wipeOver()) showList(); }, 60_000);
  const caseId = localStorage.getItem(HERE);
  showList(lost ? text("over", { n: lost }) : "");
  if (caseId !== null) openHome(Number(caseId));
  prepareForNoNetwork();
  synchronise();
}

start();
