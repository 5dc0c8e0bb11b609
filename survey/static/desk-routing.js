// Which questions are asked, and where the interview ends: the same walk as survey/questionnaire/routing.py,
// over conditions that the server has already parsed (survey/questionnaire/browser.py). A test compares the two.

const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;
const plain = (value) => (value === "" || value === undefined ? null : value);
const truth = (value) => (typeof value === "number" ? value !== 0 : Boolean(value));
const asText = (value) => (value === true ? "True" : value === false ? "False" : String(value));

function asNumber(value) {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" && NUMBER.test(value) ? Number(value) : null;
}

export function codes(value) {
  const given = plain(value);
  return given === null ? [] : asText(given).split(/\s+/).filter(Boolean);
}

const FUNCTIONS = {
  "not": (value) => !truth(value),
  "selected": (value, code) => code !== null && codes(value).includes(asText(code)),
  "count-selected": (value) => codes(value).length,
  "string-length": (value) => (value === null ? 0 : [...asText(value)].length),
  "if": (test, then, other) => (truth(test) ? then : other),
};

const ORDERED = { "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b };

function equal(a, b) {
  if (typeof a === "string" && typeof b === "string") return a === b;
  const number = asNumber(a);
  return number !== null && number === asNumber(b);
}

function compared(sign, left, right, answers, self) {
  const a = evaluate(left, answers, self), b = evaluate(right, answers, self);
  const equality = sign === "=" || sign === "!=";
  if ([left, right].some(([kind, text]) => kind === "text" && text === "")) {
    return equality && (a === b) === (sign === "=");
  }
  if (a === null || b === null) return false;
  if (equality) return equal(a, b) === (sign === "=");
  const x = asNumber(a), y = asNumber(b);
  return x !== null && y !== null && ORDERED[sign](x, y);
}

export function evaluate(tree, answers, self = null) {
  const [kind, first, second] = tree;
  if (kind === "text") return plain(first);
  if (kind === "number") return Number(first);
  if (kind === "answer") return plain(answers[first]);
  if (kind === "this") return plain(self);
  if (kind === "and") return truth(evaluate(first, answers, self)) && truth(evaluate(second, answers, self));
  if (kind === "or") return truth(evaluate(first, answers, self)) || truth(evaluate(second, answers, self));
  if (kind === "call") return FUNCTIONS[first](...tree.slice(2).map((part) => evaluate(part, answers, self)));
  return compared(kind, first, second, answers, self);
}

export const holds = (tree, answers, self = null) => tree === null || truth(evaluate(tree, answers, self));

const onScreen = (question) => question.type !== "calculate" && question.type !== "hidden";

// Go through the questions in order with the answers so far, until one of them ends the interview.
export function walk(questionnaire, answers, facts) {
  const asked = [], known = Object.create(null);
  for (const question of questionnaire.questions) {
    if (question.type === "hidden") { known[question.name] = plain(facts[question.name]); continue; }
    if (!holds(question.relevant, known)) continue;
    if (!onScreen(question)) { known[question.name] = evaluate(question.calculation, known); continue; }
    asked.push(question);
    const answer = answers[question.name];
    if (answer === undefined || answer === null) continue;
    known[question.name] = answer;
    const ending = codes(answer).map((code) => question.ends[code]).find(Boolean);
    if (ending) return { asked, known, ending, endedBy: question.name };
  }
  return { asked, known, ending: null, endedBy: null };
}

// The choices as shown and read: only those that apply, a scale turned round for backward cases.
export function offered(question, known, backwards) {
  const inOrder = backwards && question.scale
    ? question.backwards.map((code) => question.choices.find((choice) => choice.code === code))
    : question.choices;
  return inOrder.filter((choice) => holds(choice.relevant, known));
}

export const fill = (text, values) => text.replace(/\{([^{}]*)\}/g, (whole, name) => values[name] ?? whole);
