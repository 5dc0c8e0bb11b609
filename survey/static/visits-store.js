// What of households lies on this telephone: one entry each in localStorage, under the name of the person who took it
// along. It goes when the household is uploaded, given back, taken back, or when its time is over, whoever opens the page.

const ALL = "huifang.visits.";

export class Store {
  constructor(user) {
    this.prefix = `${ALL}${user}.`;
  }

  homes() {
    return keysWith(`${this.prefix}home.`).map((key) => JSON.parse(localStorage.getItem(key))).sort((a, b) => a.order - b.order);
  }

  home(caseId) {
    return JSON.parse(localStorage.getItem(`${this.prefix}home.${caseId}`));
  }

  // False when the telephone has no room. The time left is counted from now: the clock of the telephone may be wrong.
  keep(card, order) {
    const entry = { case: card.case, card, order, until: Date.now() + card.leaseSeconds * 1000, answers: {}, place: null, done: false, refused: "" };
    return put(`${this.prefix}home.${card.case}`, entry);
  }

  change(caseId, values) {
    const entry = this.home(caseId);
    return entry !== null && put(`${this.prefix}home.${caseId}`, { ...entry, ...values });
  }

  wipe(caseId) {
    localStorage.removeItem(`${this.prefix}home.${caseId}`);
    this.wipeForms();
  }

  form(digest) {
    return JSON.parse(localStorage.getItem(`${this.prefix}form.${digest}`));
  }

  keepForm(digest, questionnaire) {
    return put(`${this.prefix}form.${digest}`, questionnaire);
  }

  // Questionnaires that no household here is asked.
  wipeForms() {
    const used = new Set(this.homes().map(({ card }) => `${this.prefix}form.${card.questionnaire}`));
    for (const key of keysWith(`${this.prefix}form.`)) if (!used.has(key)) localStorage.removeItem(key);
  }

  // Everybody's households whose time is over; how many of them were this person's and not yet recorded.
  wipeOver(now = Date.now()) {
    let lost = 0;
    for (const key of keysWith(ALL).filter((one) => one.includes(".home."))) {
      const entry = JSON.parse(localStorage.getItem(key));
      if (entry.until > now) continue;
      if (key.startsWith(this.prefix) && !entry.done) lost += 1;
      localStorage.removeItem(key);
    }
    this.wipeForms();
    return lost;
  }
}

function keysWith(prefix) {
  return Array.from({ length: localStorage.length }, (_, n) => localStorage.key(n)).filter((key) => key.startsWith(prefix));
}

function put(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
