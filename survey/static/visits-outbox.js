// The outbox of home visits: the same as the desk's, in a place of its own, with outcomes that say they are of a visit.

import { Outbox } from "./desk-outbox.js";

export class VisitOutbox extends Outbox {
  constructor(net, user) {
    super(net, user);
    this.prefix = `huifang.visits.${user}.out.`;
  }

  // How long ago the visit began, by two looks at one clock: a stopwatch does not outlive a telephone that is switched
  // off, and a clock that is wrong is wrong by the same both times. The server bounds what cannot be.
  sendOutcome({ case: caseId, began, kind, ...outcome }) {
    const seconds = Math.max(0, (Date.now() - began) / 1000);
    return this.net.send(`cases/${caseId}/outcome`, { ...outcome, visit: true, seconds });
  }

  // Everything of one household, when it will never be taken.
  forget(caseId) {
    this.remove(new Set(this.of(caseId).map(({ uid }) => uid)));
    this.changed(this.size ? this.state : "quiet");
  }
}
