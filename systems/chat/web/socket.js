// A WebSocket that comes back by itself. It knows nothing of what is said over it.

const FIRST_WAIT = 500; // ms; doubled each time, up to the longest, and spread so that not everybody returns at once
const LONGEST_WAIT = 15_000;
const OPENING_TIME = 10_000; // ms after which an attempt is given up

/** Events: `open`, `message` (detail: the JSON object), `status`, `refused` (it never opened: a first attempt failed). */
export class LiveSocket extends EventTarget {
  #address;
  #socket = null;
  #attempt = null;
  #wait = FIRST_WAIT;
  #timer = 0;
  #wasOpen = false;

  /** @param address gives the URL of each attempt, in its own time: it may change while one is away. */
  constructor(address) {
    super();
    this.#address = address;
    this.status = "connecting";
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
  }

  /** Connect; once that worked, the connection is kept up. */
  async open() {
    clearTimeout(this.#timer);
    this.#become("connecting");
    const attempt = (this.#attempt = {});
    let url;
    try {
      url = await this.#address();
    } catch (error) {
      if (attempt !== this.#attempt) return;
      // Without a name for it the network is away, and comes back; with one somebody refused.
      if (this.#wasOpen && !error.kind) return this.#comeBack();
      return this.#refused();
    }
    if (attempt !== this.#attempt) return;
    const socket = (this.#socket = new WebSocket(url));
    const opening = setTimeout(() => socket.close(), OPENING_TIME);
    socket.onopen = () => {
      clearTimeout(opening);
      this.#wait = FIRST_WAIT;
      this.#wasOpen = true;
      this.#become("live");
      this.dispatchEvent(new Event("open"));
    };
    socket.onmessage = ({ data }) => {
      const detail = parse(data);
      if (detail) this.dispatchEvent(new CustomEvent("message", { detail }));
    };
    socket.onclose = () => {
      clearTimeout(opening);
      if (socket !== this.#socket) return;
      if (this.#wasOpen) this.#comeBack();
      else this.#refused();
    };
  }

  /** Send a JSON object; false while there is no connection. */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Close for good. */
  end() {
    clearTimeout(this.#timer);
    const old = this.#socket;
    this.#socket = this.#attempt = null;
    this.#wasOpen = false;
    this.#become("closed");
    old?.close(1000);
  }

  #refused() {
    this.#become("closed");
    this.dispatchEvent(new Event("refused"));
  }

  #comeBack() {
    this.#become("waiting");
    this.#timer = setTimeout(() => this.open(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #hurry() {
    if (this.status === "waiting") this.open();
  }

  #become(status) {
    if (status === this.status) return;
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }
}

function parse(data) {
  try {
    const message = JSON.parse(data);
    return message && typeof message === "object" ? message : null;
  } catch {
    return null;
  }
}
