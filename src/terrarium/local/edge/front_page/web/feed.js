// One system, as it reaches the page: what it is made of, and what happens in it.

const STATUS_PAUSE = 15_000; // ms after which its status is asked for again even if nothing seems to have changed
const SETTLE = 300; // ms in which several changes become one question
const AGAIN = 1000; // ms until a question without an answer is asked again
// Words of events after which the status is another one; what merely passes through changes nothing.
const CHANGES = /^(target_|started$|ready$|exited$|failed$|stopped$|changed$)/;

/** Events: `state` (loading | live | lost | ended), `status`, `lines` ({lines, lost, first}), `pulses`. */
export class Feed extends EventTarget {
  #socket = null;
  #asking = 0;

  constructor(name) {
    super();
    this.name = name;
    this.state = "loading";
    this.status = null;
    setInterval(() => this.state === "live" && document.visibilityState === "visible" && this.#ask(), STATUS_PAUSE);
  }

  /** Where the system answers questions about itself. */
  get path() {
    return `/${encodeURIComponent(this.name)}/_terrarium`;
  }

  /** Told every few moments whether the system is up. */
  present(up) {
    if (!up) this.#end();
    else if (this.#socket === null) this.#connect();
  }

  /** Plain JSON from the system; what it refuses is thrown in its own words. */
  async get(path, query = {}) {
    const search = new URLSearchParams(query).toString();
    const answer = await fetch(`${this.path}/${path}${search && `?${search}`}`, { cache: "no-store" });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error ?? `It answered ${answer.status}`);
    return body;
  }

  /** The last log lines of one resource. */
  async tail(resource, last) {
    const answer = await fetch(`${this.path}/follow?${new URLSearchParams({ resource, last, follow: "0" })}`, { cache: "no-store" });
    if (!answer.ok) return [];
    return (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  #connect() {
    const url = new URL(`${this.path}/live`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.#socket = new WebSocket(url));
    socket.onmessage = ({ data }) => socket === this.#socket && this.#hear(JSON.parse(data));
    socket.onclose = () => socket === this.#socket && this.#lose();
  }

  #hear({ lines, lost, first, pulses }) {
    if (first) {
      this.#become("live");
      this.#ask();
    }
    if (first || lines.length || lost) this.#emit("lines", { lines, lost, first: Boolean(first) });
    const beats = Object.entries(pulses);
    if (beats.length) this.#emit("pulses", pulses);
    if (beats.some(([, pulse]) => Object.keys(pulse.counts).some((kind) => CHANGES.test(kind)))) this.#askIn(SETTLE);
  }

  #askIn(pause) {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.state === "live" && this.#ask(), pause);
  }

  async #ask() {
    try {
      this.status = await this.get("status");
      this.#emit("status", this.status);
    } catch {
      this.#askIn(AGAIN); // it is just ending or just beginning: the connection says which
    }
  }

  #lose() {
    this.#socket = null;
    if (this.state !== "ended") this.#become("lost");
  }

  #end() {
    this.#socket?.close();
    this.#socket = null;
    this.#become("ended");
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#emit("state", state);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
