// One call: the household, its answers so far, and where in the questionnaire it stands. No page, no network.

import { codes, offered, walk } from "./desk-routing.js";
import { newUid } from "./desk-outbox.js";

export class Call {
  constructor(card, questionnaire) {
    this.card = card;
    this.questionnaire = questionnaire;
    this.answers = Object.create(null);
    this.masked = new Set(); // questions whose words came back masked
    this.revision = card.revision;
    for (const [name, { value, masked }] of Object.entries(card.answers)) {
      this.answers[name] = value;
      if (masked) this.masked.add(name);
    }
    this.untouched = true; // nothing answered in this call yet
    this.resumed = Object.keys(this.answers).length > 0;
    this.position = null;
  }

  get gone() {
    return walk(this.questionnaire, this.answers, this.card.facts);
  }

  get question() {
    return this.questionnaire.questions.find(({ name }) => name === this.position) ?? null;
  }

  // Whether there is something that the called may want deleted one day: consent was asked for and given.
  get consented() {
    const consent = this.questionnaire.questions.find(({ role }) => role === "consent");
    return consent !== undefined && (this.answers[consent.name] ?? "") !== "" && this.gone.endedBy !== consent.name;
  }

  choices(question) {
    return offered(question, this.gone.known, this.card.backwards);
  }

  // Answers that wait on this machine come after those that the server knows.
  overlay(items) {
    for (const { kind, question, value } of items) {
      if (kind !== "answer") continue;
      this.masked.delete(question);
      if (value === null) delete this.answers[question];
      else this.answers[question] = value;
    }
  }

  // A new call to the household greets again. What ended the call before is asked anew; otherwise go on where it stopped.
  begin() {
    const { endedBy, asked } = this.gone;
    if (endedBy !== null) delete this.answers[endedBy];
    const consent = this.questionnaire.questions.find(({ role }) => role === "consent");
    const agreed = consent === undefined || (this.answers[consent.name] ?? "") !== "";
    this.position = endedBy === null && agreed ? this.firstOpen() : asked[0]?.name ?? null;
  }

  firstOpen() {
    return this.gone.asked.find(({ name }) => this.answers[name] === undefined)?.name ?? null;
  }

  // Where a page just loaded goes on: at the remembered question while it is still on the path.
  returnTo(name) {
    this.position = this.gone.asked.some((question) => question.name === name) ? name : this.firstOpen();
  }

  // The answer as an item for the outbox; null when nothing changed.
  commit(value, language) {
    const name = this.position;
    this.untouched = false;
    if (this.answers[name] === value) return null;
    this.answers[name] = value;
    this.masked.delete(name);
    return { kind: "answer", uid: newUid(), case: this.card.case, question: name, value, language, base: this.revision };
  }

  // What is on the page when the question is asked again: words that came back masked are not shown.
  get given() {
    return this.masked.has(this.position) ? "" : this.answers[this.position];
  }

  // Whether the question cannot be left like this.
  lacks(draft) {
    return this.question.required && (draft ?? "").trim() === "";
  }

  // Takes the draft and goes on. Gives the item for the outbox (null: nothing new was said) and where the call is then.
  // Words that came back masked stay when nothing is written over them.
  take(draft, language) {
    const keeps = this.masked.has(this.position) && (draft ?? "") === "";
    const item = keeps ? null : this.commit((draft ?? "").trim(), language);
    this.resumed = false;
    return { item, then: this.next() };
  }

  // Goes to the question after this one. Gives "ended", "finished" or "question".
  next() {
    const { asked, ending, endedBy } = this.gone;
    if (ending !== null && endedBy === this.position) return "ended";
    const here = asked.findIndex(({ name }) => name === this.position);
    this.position = asked[here + 1]?.name ?? null;
    return this.position === null ? "finished" : "question";
  }

  back() {
    const { asked } = this.gone;
    const here = this.position === null ? asked.length : asked.findIndex(({ name }) => name === this.position);
    if (here > 0) this.position = asked[here - 1].name;
    return here > 0;
  }

  // The how manieth question this is; how many there will be depends on the answers to come.
  get place() {
    return this.gone.asked.findIndex(({ name }) => name === this.position) + 1;
  }
}

// A choice toggled by its code: one answer replaces the other, several collect, one that stands alone clears the rest.
export function toggled(question, value, code) {
  if (question.type === "select_one") return code;
  const given = new Set(codes(value));
  const alone = (one) => question.choices.find((choice) => choice.code === one)?.exclusive;
  if (given.delete(code)) return inOrder(question, given);
  if (alone(code)) return code;
  for (const one of given) if (alone(one)) given.delete(one);
  return inOrder(question, given.add(code));
}

const inOrder = (question, given) =>
  question.choices.map(({ code }) => code).filter((code) => given.has(code)).join(" ");
