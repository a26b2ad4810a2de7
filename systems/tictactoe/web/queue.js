// The line of players, over the queue's WebSocket API. Events: `info`, `update`, `refused`, `back`, `status`.

import { LiveSocket } from "./socket.js";

const KEEP_ALIVE = 4 * 60_000; // ms; API Gateway closes a connection that is silent for ten minutes

export class Queue extends EventTarget {
  #socket;
  #wish = null; // the name under which this browser wants to be in line, across reconnections
  #newest = "";

  constructor(url) {
    super();
    this.me = null; // this browser's own item, with its ticket to the board
    this.players = null; // everybody's, in order; null until the first update
    this.total = 0;
    this.place = null; // one's own, where that is too far back to be listed
    this.#socket = new LiveSocket(url);
    this.#socket.addEventListener("open", () => this.#socket.send({ action: "sendInfo" }));
    this.#socket.addEventListener("message", ({ detail }) => this.#hear(detail));
    this.#socket.addEventListener("status", ({ detail }) => this.#statusChanged(detail));
    setInterval(() => this.#socket.send({ action: "sendInfo" }), KEEP_ALIVE);
  }

  get status() {
    return this.#socket.status;
  }

  /** Whether this browser has asked for a place, and has it or will get it. */
  get joining() {
    return this.#wish !== null;
  }

  open() {
    this.#socket.open();
  }

  join(username) {
    this.#wish = username;
    this.#socket.send({ action: "joinQueue", username });
  }

  rename(username) {
    if (this.#wish !== null) this.#wish = username;
    return this.#socket.send({ action: "updateDB", username });
  }

  /** Give up the place. A connection is a place, so this is a new one. */
  leave() {
    this.#wish = null;
    this.me = null;
    this.#socket.renew();
  }

  /** Hand in a result that the board has signed. */
  deliver({ result, signature }) {
    this.#socket.send({ action: "gameOVER", result, signature });
  }

  #hear(message) {
    if (message.action === "info") this.#recognise(message);
    else if (message.action === "queueUpdate") this.#update(message);
    else if (message.action === "updateDB") this.#emit("renamed", message.username);
    else if (message.action === "error") this.#refused(message);
  }

  #recognise({ action, ...me }) {
    const isNew = me.connectionId !== this.me?.connectionId;
    this.me = me;
    this.#emit("info", me);
    if (this.#wish !== null && me.status === null) {
      this.#socket.send({ action: "joinQueue", username: this.#wish });
      if (isNew && this.players) this.#emit("back");
    }
  }

  #update({ queue, total, place, at }) {
    if (at < this.#newest) return; // overtaken by a later one on its way
    this.#newest = at;
    this.players = queue;
    this.total = total;
    this.place = place ?? null;
    const mine = queue.find((player) => player.connectionId === this.me?.connectionId);
    if (mine) this.me = { ...this.me, ...mine };
    this.#emit("update");
  }

  #refused(error) {
    if (error.code === "unknown") return this.#socket.renew();
    if (error.request === "joinQueue") this.#wish = null;
    this.#emit("refused", error);
  }

  #statusChanged(status) {
    if (status !== "live" && this.me) this.me = { ...this.me, status: null, marker: null, sessionId: null };
    this.#emit("status", status);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
