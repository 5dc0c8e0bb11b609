// What each key does in each phase of a call. Keys that are typed into a field stay there.

import { $, outcomeButtons } from "./desk-view.js";

const inText = (target) => target.matches("input:not([type=checkbox]), textarea, select");
const isDigit = (key) => /^[0-9]$/.test(key);
// A digit may move the page on. For a moment (ms) after that, the same digit is a key that bounced, and Enter is a habit.
const BOUNCE = { digit: 80, enter: 300, held: 2000 };

// not now, wrong person, stop calling
const ENDS = { A: "D21", Q: "D31", X: "D12" };

const dialogOpen = () => document.querySelector("dialog[open]") !== null;

export function listenToKeys(now, stage, act) {
  const everywhere = {
    "F2": act.nextLanguage,
    "F4": act.toggleBigType,
    "F9": act.urgent,
  };
  const phases = {
    idle(key, event) {
      if (key === "Escape" && inText(event.target)) { stage().focus(); return true; }
      if (inText(event.target)) return false;
      if (key === "Enter") act.takeNext();
      else if (key.toUpperCase() === "R") act.ringBack();
      else if (key.toUpperCase() === "I") act.received("enquiry");
      else return false;
      return true;
    },
    dial(key) {
      if (key === " " || key === "Enter") act.reveal();
      else if (/^[1-9]$/.test(key)) act.chooseSlot(Number(key));
      else if (key === "Escape") act.giveBack();
      else return false;
      return true;
    },
    question(key, event) {
      const typing = inText(event.target);
      if (key === "Escape") act.wrapUp();
      else if (key === "Enter" && !event.shiftKey) act.advance();
      else if (key === "ArrowLeft" && (!typing || event.target.selectionEnd === 0)) act.back();
      else if (typing) return false;
      else if (key === " ") act.reveal();
      else if (key === "Backspace") act.clearDigits();
      else if (isDigit(key)) typeDigit(key);
      else return pressFirstMinute(key);
      return true;
    },
    finished(key) {
      if (key === "Enter") act.advance();
      else if (key === " ") act.reveal();
      else if (key === "ArrowLeft") act.back();
      else if (key === "Escape") act.wrapUp("interview", true);
      else return false;
      return true;
    },
    wrapup(key, event) {
      if (key === "Escape") act.leaveWrapUp();
      else if (key === "Enter") act.recordOutcome();
      else if (inText(event.target)) return false;
      else if (key === "ArrowLeft") act.leaveByBack();
      else return pressOutcome(key);
      return true;
    },
  };

  let moved = { digit: null, at: 0 };
  const where = () => `${now.phase} ${now.call?.position}`;

  function typeDigit(digit) {
    const before = where();
    act.typeDigit(digit);
    if (where() !== before) moved = { digit, at: performance.now() };
  }

  function sameStroke({ key, repeat, target }) {
    const since = moved.digit === null ? Infinity : performance.now() - moved.at;
    if (key === "Enter") return since < BOUNCE.enter;
    if (isDigit(key) && repeat) return !inText(target) || (key === moved.digit && since < BOUNCE.held);
    if (key === moved.digit && since < BOUNCE.digit) return true;
    moved.digit = null;
    return false;
  }

  // One key for what comes up before the first question is answered, and at any time after it.
  function pressFirstMinute(key) {
    const wanted = key.toUpperCase();
    if (wanted === "W") act.whoAreYou();
    else if (wanted in ENDS) act.endWith(ENDS[wanted]);
    else return false;
    return true;
  }

  function pressOutcome(key) {
    const wanted = key.toUpperCase();
    const button = outcomeButtons().find((one) => one.dataset.key === wanted && !one.closest("[hidden]"));
    if (button) act.pickOutcome(button.dataset.code);
    return Boolean(button);
  }

  // A button that somebody walked to with Tab answers Enter and Space itself; the step's own button leads on anyway.
  function ownButton(event) {
    const pressing = event.key === "Enter" || event.key === " ";
    const button = event.target.closest("button, a, summary");
    return pressing && button !== null && button !== stage() && !button.closest("#choices, .outcome-columns");
  }

  function handled(event) {
    const { key } = event;
    if (key in everywhere) { everywhere[key](); return true; }
    if (key === "?" && !inText(event.target)) { $("keys").showModal(); return true; }
    return !ownButton(event) && (phases[now.phase]?.(key, event) ?? false);
  }

  addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || dialogOpen()) return;
    if (sameStroke(event) || handled(event)) event.preventDefault();
  });
}
