// The board, over the service's own WebSocket. Events: `state`, `result`, `refused`, `status`.

import { LiveSocket } from "./socket.js";

export class Board extends EventTarget {
  #socket;
  #ticket = null;

  constructor(url) {
    super();
    this.state = null;
    this.until = null; // performance.now() at which the mover forfeits
    this.#socket = new LiveSocket(url);
    this.#socket.addEventListener("open", () => this.#hello());
    this.#socket.addEventListener("message", ({ detail }) => this.#hear(detail));
    this.#socket.addEventListener("status", ({ detail }) => this.#emit("status", detail));
  }

  get status() {
    return this.#socket.status;
  }

  open() {
    this.#socket.open();
  }

  /** Show the board who this is; null for a mere onlooker. */
  identify(ticket) {
    if (ticket?.sessionId === this.#ticket?.sessionId) return;
    this.#ticket = ticket;
    this.#hello();
  }

  move(cell) {
    return this.#socket.send({ type: "move", game: this.state.game, cell });
  }

  /** The queue says that the seats changed: the board may look now rather than within a second. */
  look() {
    this.#socket.send({ type: "look" });
  }

  #hello() {
    if (!this.#ticket?.sessionId) return;
    const { connectionId, sessionId } = this.#ticket;
    this.#socket.send({ type: "hello", connectionId, sessionId });
  }

  #hear(message) {
    if (message.type === "state") {
      this.state = message;
      this.until = message.secondsLeft === null ? null : performance.now() + message.secondsLeft * 1000;
      this.#emit("state");
    } else if (message.type === "result") this.#emit("result", message);
    else if (message.type === "refused") this.#emit("refused", message);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
