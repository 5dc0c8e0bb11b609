// What a person fills in, on the desk and at a door: the language, a choice, the type size, the outcome.

import { newUid } from "./desk-outbox.js";
import { codes } from "./desk-routing.js";
import { $, clockTime, say, text } from "./desk-view.js";

export const LANGUAGES = ["zh", "yue", "en"];
const BIG = "huifang.desk.big";

// `spoken`: what the surveyor speaks, best first.
export function spokenWith(spoken, card) {
  const mine = spoken.split(" ").filter((one) => LANGUAGES.includes(one));
  return mine.includes(card.language) ? card.language : mine[0] ?? "zh";
}

export function markLanguage(language) {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

export function markChoices(draft) {
  for (const button of $("choices").children) {
    button.setAttribute("aria-checked", String(codes(draft).includes(button.dataset.code)));
  }
}

export const bigTypeWanted = () => localStorage.getItem(BIG) === "1";

export function bigType(on) {
  document.body.classList.toggle("big-type", on);
  $("big-type").setAttribute("aria-pressed", String(on));
  try { localStorage.setItem(BIG, on ? "1" : ""); } catch { /* asked again next time */ }
}

export const toggleBigType = () => bigType(!document.body.classList.contains("big-type"));

// The outcome as the server takes it; the appointment is "" while day or time is missing.
export function filledOutcome(code, slot, language) {
  const day = $("appointment-day").value, time = clockTime($("appointment-time").value), timed = code === "D21";
  return {
    uid: newUid(), code, slot, language: language === "yue" ? "yue" : "zh",
    appointment: timed && day && time ? `${day}T${time}` : "",
    mine: timed && $("appointment-mine").checked, note: $("note").value.trim(),
  };
}

// Whether what stands in the field is no time of day; then it is said so, and the cursor goes there.
export function wrongTime(code) {
  const typed = $("appointment-time").value.trim();
  if (code !== "D21" || typed === "" || clockTime(typed) !== "") return false;
  say("wrapup-wrong", text("wrongTime", { typed }));
  $("appointment-time").focus();
  return true;
}

export function clearOutcome() {
  for (const id of ["note", "appointment-day", "appointment-time"]) $(id).value = "";
}
