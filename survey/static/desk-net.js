// Requests of the desk. A request either gets an answer ({status, body}) or throws Offline. Nothing is ever sent in
// another person's name, and the time is the server's: the clock of this machine may be years off.

export class Offline extends Error {}

const TIMEOUT = 20_000;
const LOGGED_OUT = { status: 401, body: {} };

export class Net {
  constructor(root, user) {
    this.root = root;
    this.user = user;
    this.ahead = Date.now() - performance.now(); // until the server has said what time it is
    this.token = document.querySelector("meta[name=csrf-token]").content;
  }

  async request(path, body) {
    const headers = { "Accept": "application/json" };
    const options = { headers, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      headers["X-CSRFToken"] = this.token;
      Object.assign(options, { method: "POST", body: JSON.stringify(body) });
    }
    try {
      const response = await fetch(this.root + path, options);
      this.hearTime(response.headers.get("Date"));
      // a page instead of data: the person has to log in, or to set a new password
      if (response.redirected || !(response.headers.get("Content-Type") ?? "").includes("json")) {
        return response.status >= 500 ? { status: response.status, body: {} } : LOGGED_OUT;
      }
      return { status: response.status, body: await response.json() };
    } catch (error) {
      throw new Offline(String(error));
    }
  }

  hearTime(said) {
    const time = Date.parse(said ?? "");
    if (!Number.isNaN(time)) this.ahead = time - performance.now();
  }

  // Milliseconds since 1970 by the server's clock, to about a second.
  now() {
    return Math.round(this.ahead + performance.now());
  }

  // After a new login the page's token is stale: fetch the present one. Gives the state, or null while logged out.
  // Somebody else's token is not taken: with it, this page's answers would be stored in that person's name.
  async renew() {
    const { status, body } = await this.request("state");
    if (status !== 200) return null;
    if (body.user === this.user) this.token = body.csrf;
    return body;
  }

  // Like request, with one attempt to renew a stale token.
  async send(path, body) {
    const first = await this.request(path, body);
    if (first.status !== 400 || first.body.code !== "form-expired") return first;
    const state = await this.renew();
    return state?.user === this.user ? this.request(path, body) : LOGGED_OUT;
  }
}
