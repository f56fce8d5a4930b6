// Who is signed in. The access token is in this page's memory alone; what outlives the page is a cookie that no script
// reads, good for nothing but /api/auth.

// A token is renewed this long before it ends.
const AHEAD_SECONDS = 60;
const LEAST_SECONDS = 5;

/** What the server had against a request. */
export class Refused extends Error {
  constructor(status, body) {
    super(describe(body) ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body?.code;
  }
}

function describe(body) {
  if (typeof body?.message !== "string") return null;
  const fields = Array.isArray(body.details)
    ? body.details.filter((detail) => detail?.field).map((detail) => `${detail.field.replace(/^\$\./, "")} ${detail.message}`)
    : [];
  return fields.length ? `${body.message}: ${fields.join(", ")}` : body.message;
}

export class Session {
  #token = null;
  #timer = null;
  #onEnd;
  // Which session this is: what was asked in one means nothing in the next.
  #number = 0;

  /** `onEnd` is called when the session ends without having been told to. */
  constructor(onEnd) { this.#onEnd = onEnd; }

  get isOpen() { return this.#token !== null; }

  async signIn(fields) {
    this.#keep(await send("POST", "/api/auth/login", { body: { ...fields, session: true } }));
  }

  /** Opens the session that the cookie is of. */
  async resume() { await this.#renew(); }

  async signOut() {
    const token = this.#token;
    this.#forget();
    await send("POST", "/api/auth/logout", { token });
  }

  /** The JSON that a path answers, with this session's token. */
  async get(path) {
    const token = this.#token;
    try {
      return await send("GET", path, { token });
    } catch (error) {
      if (error.status !== 401 || !this.isOpen) throw error;
      // Another request may have renewed it meanwhile.
      if (this.#token === token) await this.#renew();
      return await send("GET", path, { token: this.#token });
    }
  }

  async #renew() {
    const number = this.#number;
    try {
      // One at a time, in all tabs: a refresh token that is used twice ends its session.
      const renew = () => send("POST", "/api/auth/refresh");
      const answer = await (navigator.locks ? navigator.locks.request("pentad-refresh", renew) : renew());
      if (number === this.#number) this.#keep(answer);
    } catch (error) {
      if (number === this.#number && (error.status === 401 || error.status === 403)) this.#end();
      throw error;
    }
  }

  #keep(answer) {
    this.#token = answer.token;
    clearTimeout(this.#timer);
    const seconds = Math.max(answer.expires_in - AHEAD_SECONDS, answer.expires_in / 2, LEAST_SECONDS);
    // What does not fit into a timer is far enough away for the next 401 to renew it.
    this.#timer = setTimeout(() => this.#renewInTime(), Math.min(seconds * 1000, 2 ** 31 - 1));
  }

  async #renewInTime() {
    try {
      await this.#renew();
    } catch (error) {
      // An outage: the next request tries again.
      if (this.isOpen) this.#timer = setTimeout(() => this.#renewInTime(), LEAST_SECONDS * 1000);
    }
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#token = null;
    this.#number += 1;
  }

  #end() {
    const wasOpen = this.isOpen;
    this.#forget();
    if (wasOpen) this.#onEnd();
  }
}

async function send(method, path, { token, body } = {}) {
  const headers = { accept: "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, body: body && JSON.stringify(body), cache: "no-store", redirect: "error",
  });
  const isJSON = answer.headers.get("content-type")?.startsWith("application/json");
  const content = isJSON ? await answer.json() : null;
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}
