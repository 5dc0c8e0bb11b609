// Puts things on the page of the desk. Everything that comes from data goes in as text, never as markup.

import { codes, fill } from "./desk-routing.js";

export const $ = (id) => document.getElementById(id);
export const text = (name, values = {}) => fill($("texts").dataset[name], values);
export const TAGS = { zh: "zh-CN", yue: "yue-Hans", en: "en" };

// roles of the questions at which the called may have something else in mind; the keys work later too
const FIRST_MINUTE = ["identity", "consent"];
const SECTIONS = ["idle", "dial", "question", "finished", "wrapup", "waiting"];

export function element(name, content = "", attributes = {}) {
  const made = document.createElement(name);
  made.append(content);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

export function say(id, message) {
  $(id).textContent = message;
  $(id).hidden = message === "";
}

// `returnable`: whether the household may still be handed back.
export function showSection(phase, returnable = phase === "dial") {
  for (const id of SECTIONS) $(id).hidden = id !== phase;
  $("household").hidden = phase === "idle";
  $("foot").hidden = !["dial", "question", "finished"].includes(phase);
  $("previous").hidden = phase === "dial";
  $("advance").hidden = phase === "dial";
  $("end-call").hidden = phase === "dial";
  $("give-back").hidden = !returnable;
}

export function showDay(day, correct) {
  $("done").textContent = text("done", { done: day.completed, calls: day.calls, appointments: day.appointments.length });
  $("appointments").replaceChildren(
    ...day.appointments.map(({ at, due, name, zone }) => element("li", `${at}　${name}　${zone}`, { "lang": "zh", "data-due": due })),
  );
  $("no-appointments").hidden = day.appointments.length > 0;
  $("recent").replaceChildren(...day.correctable.map((attempt) => {
    const row = element("li", `${attempt.at}　`);
    row.append(element("span", `${attempt.name}　${attempt.zone}`, { lang: "zh" }), `　${attempt.outcome}　`);
    const button = element("button", text("correct"), { type: "button", class: "btn btn-sm btn-outline-secondary" });
    button.addEventListener("click", () => correct(attempt));
    row.append(button);
    return row;
  }));
  $("no-recent").hidden = day.correctable.length > 0;
}

// Always one of two lines: how long ago everything was saved, or how many answers wait; and what keeps them waiting.
export function showSaving(outbox) {
  const { size, state } = outbox;
  $("saving").dataset.state = state;
  $("saving").dataset.pending = size;
  showSavedLine(outbox);
  const why = {
    "offline": text("offline"), "login": text("login"), "other-user": text("otherUser"), "trouble": text("trouble", { why: outbox.why }),
  }[state];
  $("saving-why").replaceChildren([why, outbox.fragile ? text("fragile") : ""].filter(Boolean).join(" · "));
  if (state === "login" || state === "other-user") {
    const link = { href: $("desk").dataset.login, target: "_blank", rel: "noopener", id: "login-again" };
    $("saving-why").append(" ", element("a", text("loginLink"), link));
  }
}

export function showSavedLine({ size, savedAt }) {
  $("saving-line").textContent = size ? text("pending", { n: size }) : savedAgo(savedAt);
}

// By the clock that nobody can set.
function savedAgo(savedAt) {
  if (savedAt === null) return text("nothingPending");
  const seconds = Math.floor((performance.now() - savedAt) / 1000);
  if (seconds < 60) return text("savedSeconds", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? text("savedMinutes", { n: minutes }) : text("savedHours", { n: Math.floor(minutes / 60) });
}

// -- the household -------------------------------------------------------------------------------------------

export function showHousehold(card) {
  $("salutation").textContent = card.salutation;
  $("zone").textContent = card.zone;
  const tags = [card.languageName, ...card.needs].filter(Boolean);
  if (card.inbound) tags.unshift(text("inbound"));
  $("tags").replaceChildren(...tags.map((tag) => element("span", tag, { class: "tag" })));
  const last = card.calls[0];
  const before = last ? ` · ${text("last", last)}` : "";
  $("history").textContent = text("attempt", { n: card.calls.length + 1 }) + before;
  holdFor(card.leaseSeconds);
  say("roster-note", card.note);
  say("warning", card.warning);
  $("past").hidden = card.calls.length === 0;
  $("past-calls").replaceChildren(...card.calls.map(({ at, outcome, by, note }) => {
    const row = element("li", `${at} ${outcome} · `);
    row.append(element("span", [by, note].filter(Boolean).join("："), { lang: "zh" }));
    return row;
  }));
}

// Appointments whose time has come, said once and marked.
export function showDue(now) {
  const due = [...document.querySelectorAll("#appointments [data-due]")].filter((row) => Number(row.dataset.due) <= now);
  for (const row of due) row.classList.add("due");
  if (due.length > 0 && $("appointment-due").hidden) say("appointment-due", text("appointmentDue"));
  if (due.length === 0) say("appointment-due", "");
}

// 0930, 9:30 and 09：30 are half past nine; "" for what is no time of day.
export function clockTime(typed) {
  const [, hour, minute] = typed.trim().replace("：", ":").match(/^([01]?[0-9]|2[0-3]):?([0-5][0-9])$/) ?? [];
  return hour === undefined ? "" : `${hour.padStart(2, "0")}:${minute}`;
}

// How long the household is still held, counted down by a stopwatch: the clock of this machine may be wrong.
let heldUntil = null;

export function holdFor(seconds) {
  heldUntil = seconds === null ? null : performance.now() + seconds * 1000;
  showLease();
}

export function showLease() {
  const left = heldUntil === null ? null : Math.max(0, Math.round((heldUntil - performance.now()) / 1000));
  const time = left === null ? "" : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  $("lease").textContent = left === null ? "" : left === 0 ? text("leaseOver") : text("lease", { time });
  $("lease").classList.toggle("lease-short", left !== null && left < 120);
}

// What to say to who asks who we are, in words that can be read out.
export function showIdentity({ verify }, language) {
  $("identity-says").textContent = verify.says[language];
  $("identity-says").lang = TAGS[language];
  $("identity-phone").textContent = verify.phone;
  $("identity-page").textContent = verify.page;
  $("identity-page-row").hidden = verify.page === "";
  $("identity-phone-row").hidden = verify.phone === "";
}

// The half hours of the day of an appointment; `pick` takes the time of one.
export function showHalfHours(rows, pick) {
  $("half-hours").hidden = rows.length === 0;
  $("half-hours").replaceChildren(...rows.map(({ time, booked, room, full }) => {
    const label = text(full ? "halfHourFull" : "halfHour", { time, booked, room });
    const button = element("button", element("b", time), { "type": "button", "class": full ? "half-hour full" : "half-hour", "aria-label": label, "title": label });
    button.append(element("span", ` ${booked}/${room}`));
    button.addEventListener("click", () => pick(time));
    return button;
  }));
  const morning = [...$("half-hours").children][rows.findIndex(({ time }) => time >= "09:00")];
  $("half-hours").scrollTop = morning === undefined ? 0 : morning.offsetTop - $("half-hours").offsetTop;
}

// `shown`: slot -> number, of the numbers that are in full just now. `again`: shows a masked one, once the call is on.
export function showPhones(card, slot, shown, choose, again = null) {
  const rows = card.phones.map((phone) => {
    const row = element("li", "", phone.slot === slot ? { "aria-current": "true" } : {});
    const button = element("button", `${phone.slot}`, { type: "button", class: "slot" });
    button.addEventListener("click", () => choose(phone.slot));
    const number = shown.get(phone.slot);
    const label = number === undefined
      ? element("span", phone.masked, { class: "number" })
      : element("a", number, { class: "number revealed", href: `tel:${number}` });
    row.append(button, " ", label, phone.note ? " " : "", element("span", phone.note, { class: "muted", lang: "zh" }));
    if (number === undefined && again !== null) row.append(" ", againButton(phone, again));
    return row;
  });
  $("phones").replaceChildren(...rows);
  $("choose-number").hidden = card.phones.length < 2;
}

function againButton(phone, again) {
  const label = { "type": "button", "class": "show-again btn btn-sm btn-outline-secondary", "aria-label": `${text("show")} ${phone.slot}` };
  const button = element("button", text("show"), label);
  button.addEventListener("click", () => again(phone.slot));
  return button;
}

// -- the question --------------------------------------------------------------------------------------------

export function showQuestion(call, language, draft) {
  const { card, question } = call;
  const tag = TAGS[language], values = card.values[language];
  const label = card.backwards ? question.labelBackwards : question.label;
  $("place").textContent = text("place", { name: question.name, n: call.place });
  say("before-this", spokenBefore(call, language));
  $("question").dataset.name = question.name;
  $("wording").textContent = fill(label[language], values);
  $("wording").lang = $("choices").lang = tag;
  const hinted = document.documentElement.lang === "en" ? "en" : "zh";
  $("hint").textContent = fill(question.hint[hinted], card.values[hinted]);
  $("hint").lang = TAGS[hinted];
  $("observed").hidden = question.asked;
  $("unchecked").hidden = !question.unchecked.includes(language);
  $("resumed").hidden = !call.resumed;
  $("first-minute").hidden = !FIRST_MINUTE.includes(question.role);
  say("probe", question.scale ? text("probe") + fill(call.questionnaire.probe[language], values) : "");
  $("probe").lang = tag;
  $("choices").replaceChildren(...call.choices(question).map((choice) => choiceButton(question, choice, language, draft)));
  $("choices").setAttribute("role", question.type === "select_one" ? "radiogroup" : "group");
  $("choices").setAttribute("aria-labelledby", "wording");
  if (card.inbound && card.warning === "") say("warning", call.untouched ? text("rang") : "");
  showWords(call, question, draft);
}

// What was chosen just before, because the key that chose it left the question at once.
function spokenBefore(call, language) {
  const { asked } = call.gone;
  const before = asked[asked.findIndex(({ name }) => name === call.position) - 1];
  const chosen = before?.choices.filter(({ code }) => codes(call.answers[before.name]).includes(code)) ?? [];
  if (chosen.length === 0) return "";
  return text("beforeThis", { name: before.name, answer: chosen.map(({ label }) => label[language]).join("、") });
}

function choiceButton(question, choice, language, draft) {
  const chosen = codes(draft).includes(choice.code);
  const one = question.type === "select_one";
  const button = element("button", element("kbd", choice.code), {
    type: "button", class: choice.missing ? "choice choice-missing" : "choice", "data-code": choice.code,
    role: one ? "radio" : "checkbox", "aria-checked": String(chosen),
  });
  button.append(" ", choice.label[language]);
  return button;
}

function showWords(call, question, draft) {
  const written = question.type === "text" || question.type === "integer";
  $("words-field").hidden = !written;
  if (!written) return;
  const masked = call.masked.has(question.name);
  $("words").value = draft ?? "";
  $("words").rows = question.type === "integer" ? 1 : 3;
  $("words").inputMode = question.type === "integer" ? "numeric" : "text";
  $("words").maxLength = question.longest;
  $("words").lang = "zh";
  say("kept-words", masked ? text("keptWords", { words: call.answers[question.name] }) : "");
}

// -- wrap-up -------------------------------------------------------------------------------------------------

export const outcomeButtons = () => [...document.querySelectorAll("#wrapup .outcome")];

export function markOutcome(code) {
  for (const button of outcomeButtons()) button.setAttribute("aria-pressed", String(button.dataset.code === code));
  $("appointment").hidden = code !== "D21";
}

// When the household rang us, only what can come of that; a call that is corrected stays without an interview.
export function offerOutcomes(inbound, correcting) {
  for (const button of outcomeButtons()) button.hidden = inbound && "dialledOnly" in button.dataset;
  for (const group of document.querySelectorAll(".outcome-columns fieldset")) {
    group.hidden = group.querySelector(".outcome:not([hidden])") === null;
  }
  if (correcting) $("interview-outcome").hidden = true;
}

// The number by which answers are deleted is told at the end; who breaks off before that hears it here.
export function tellNumber(call, finished) {
  const due = call !== null && call.consented && !finished;
  say("interview-number", due ? text("interviewNumber", { number: call.card.values.zh["编号"] }) : "");
}

// Tomorrow in Shanghai, as a start to change.
export function suggestAppointment(now = Date.now()) {
  const tomorrow = new Date(now + 24 * 3600 * 1000);
  $("appointment-day").value = tomorrow.toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
  $("appointment-time").value = "";
}
