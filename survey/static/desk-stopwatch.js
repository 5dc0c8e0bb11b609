// How long each question stands on the page until it is answered, over all visits to it in this call. It tells which
// question is hard to say or to understand. Nobody sees it run.

const LONGEST = 86_400;

export class Stopwatch {
  constructor() {
    this.clear();
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.resume()));
  }

  clear() {
    this.spent = new Map();
    this.name = null;
    this.since = null;
  }

  // From now on this question is on the page; null: none is.
  show(name) {
    this.pause();
    this.name = name;
    if (!document.hidden) this.resume();
  }

  pause() {
    if (this.name !== null && this.since !== null) this.spent.set(this.name, this.total(this.name));
    this.since = null;
  }

  resume() {
    this.since ??= performance.now();
  }

  total(name) {
    const running = name === this.name && this.since !== null ? performance.now() - this.since : 0;
    return (this.spent.get(name) ?? 0) + running;
  }

  seconds(name) {
    return Math.min(LONGEST, Math.round(this.total(name) / 100) / 10);
  }
}
