// What is known of the chat: one's room, who is in it, what was said. It knows no page; it says `change` and `trouble`.

import { LiveSocket } from "./socket.js";

const TYPING_SHOWN = 6000; // ms after which somebody who was typing is not any more
const TYPING_TOLD = 2500; // ms between two signs of one's own typing
const UNSENT_AFTER = 8000; // ms without an echo
const ROOMS_EVERY = 10_000; // ms between two looks at the rooms
const KEPT_NOTES = 200;

export class Chat extends EventTarget {
  #socket;
  #typing = new Map();
  #toldTyping = 0;
  #number = 0;
  #looking = 0;
  #asked = "";

  /** @param token gives a token that lets in now. */
  constructor(endpoint, me, room, token) {
    super();
    Object.assign(this, { me, room, people: new Map(), members: 0, messages: [], more: false, loading: true });
    Object.assign(this, { rooms: [], whispers: [], notes: [], pending: [], entered: false, inside: false, closed: null });
    this.#socket = new LiveSocket(async () => {
      const url = new URL(endpoint);
      url.search = new URLSearchParams({ userId: me.userId, username: me.username, roomId: this.room, token: await token() });
      return url.href;
    });
    this.#socket.addEventListener("open", () => this.#opened());
    this.#socket.addEventListener("status", () => this.#changed());
    this.#socket.addEventListener("refused", () => this.dispatchEvent(new Event("refused")));
    this.#socket.addEventListener("message", ({ detail }) => this.#heard(detail));
  }

  get status() { return this.#socket.status; }

  /** Who is typing, by name. */
  get typing() { return [...this.#typing.values()].map((one) => one.username); }

  open() { this.#socket.open(); }

  end() {
    clearInterval(this.#looking);
    this.#socket.end();
  }

  /** Go to a room. */
  join(room) {
    if (room === this.room && this.inside && !this.loading) return;
    if (!this.#socket.send({ type: "join_room", roomId: room })) return;
    this.#asked = room;
    this.#toldTyping = 0;
  }

  /** Close one's room for everybody; moderators may. */
  close() { this.#socket.send({ type: "close_room", roomId: this.room }); }

  /** Open it again. */
  openAgain() { this.#socket.send({ type: "open_room", roomId: this.room }); }

  /** The room that was asked for is closed: whoever is in no other stands before it. */
  stoppedAtDoor() {
    if (this.inside) return false;
    this.shutOut(this.#asked, {});
    return true;
  }

  /** One's room is closed. */
  shutOut(room, closed) {
    if (room !== this.room) Object.assign(this, { room, messages: [], notes: [], more: false });
    Object.assign(this, { inside: false, closed, people: new Map(), members: 0, loading: false });
    this.#typing.clear();
  }

  /** Say something here, or whisper it to somebody; it is shown at once, and confirmed by its echo. */
  say(text, to = null) {
    const ref = `${Date.now().toString(36)}-${++this.#number}`;
    const one = { key: `p${ref}`, ref, text, to, room: this.room, failed: false, at: Date.now() };
    this.pending.push(one);
    this.#toldTyping = 0;
    this.#send(one);
  }

  again(one) {
    one.failed = false;
    this.#send(one);
  }

  giveUp(one) {
    this.pending = this.pending.filter((other) => other !== one);
    this.#changed();
  }

  #send(one) {
    const what = one.to
      ? { type: "private_message", targetUserId: one.to.userId, targetUsername: one.to.username, message: one.text, ref: one.ref }
      : { type: "chat", roomId: one.room, message: one.text, ref: one.ref };
    if (!this.#socket.send(what)) one.failed = true;
    else setTimeout(() => this.pending.includes(one) && this.#fail(one), UNSENT_AFTER);
    this.#changed();
  }

  #fail(one) {
    one.failed = true;
    this.#changed();
  }

  /** Tell the others that one is typing, now and then; or that one stopped. */
  tellTyping(isTyping) {
    const now = Date.now();
    if (isTyping ? now - this.#toldTyping < TYPING_TOLD : !this.#toldTyping) return;
    this.#toldTyping = isTyping ? now : 0;
    this.#socket.send({ type: "typing_indicator", isTyping });
  }

  /** Ask for what was said before. */
  earlier() {
    if (this.loading || !this.more || !this.messages.length) return;
    this.loading = this.#socket.send({ type: "history", before: this.messages[0].sentAt });
    this.#changed();
  }

  #opened() {
    this.entered = true;
    this.loading = true;
    this.inside = false;
    this.join(this.room);
    this.#socket.send({ type: "private_history" });
    this.#look();
    clearInterval(this.#looking);
    this.#looking = setInterval(() => document.visibilityState === "visible" && this.#look(), ROOMS_EVERY);
  }

  #look() { this.#socket.send({ type: "room_list" }); }

  #heard(message) {
    const hear = HEARD[message.type];
    if (!hear) return;
    hear(this, message, this.#typing);
    if (message.type === "user_joined" || message.type === "user_left" || message.type === "room_joined" || message.type === "room_closed") this.#look();
    if (message.type === "typing_indicator") setTimeout(() => this.#fade(message.userId), TYPING_SHOWN);
    this.#changed();
  }

  #fade(user) {
    const one = this.#typing.get(user);
    if (!one || Date.now() - one.at < TYPING_SHOWN - 50) return;
    this.#typing.delete(user);
    this.#changed();
  }

  #changed() { this.dispatchEvent(new Event("change")); }

  trouble(message) { this.dispatchEvent(new CustomEvent("trouble", { detail: message })); }
}

// What each message changes.
const HEARD = {
  room_joined(chat, { roomId, people, members, messages, more }, typing) {
    if (roomId !== chat.room) {
      chat.notes = [];
      typing.clear();
    }
    Object.assign(chat, { room: roomId, inside: true, closed: null });
    chat.people = new Map(people.map((one) => [one.userId, one]));
    chat.members = members;
    chat.messages = messages;
    chat.more = more;
    chat.loading = false;
  },
  history(chat, { roomId, messages, more }) {
    chat.loading = false;
    if (roomId !== chat.room) return;
    const known = new Set(chat.messages.map((one) => one.sentAt));
    chat.messages = [...messages.filter((one) => !known.has(one.sentAt)), ...chat.messages];
    chat.more = more;
  },
  chat(chat, message, typing) {
    settle(chat, message);
    typing.delete(message.userId);
    if (message.roomId === chat.room && !chat.messages.some((one) => one.sentAt === message.sentAt)) {
      chat.messages = [...chat.messages, message].sort((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
    }
  },
  private_message(chat, message) {
    settle(chat, message);
    chat.whispers = [...chat.whispers, message];
  },
  private_history(chat, { messages }) {
    const known = new Set(chat.whispers.map((one) => one.sentAt + one.userId));
    chat.whispers = [...messages.filter((one) => !known.has(one.sentAt + one.userId)), ...chat.whispers];
  },
  user_joined(chat, message) { presence(chat, message, true); },
  user_left(chat, message, typing) {
    typing.delete(message.userId);
    presence(chat, message, false);
  },
  typing_indicator(chat, { roomId, userId, username, isTyping }, typing) {
    if (roomId !== chat.room || userId === chat.me.userId) return;
    if (isTyping) typing.set(userId, { username, at: Date.now() });
    else typing.delete(userId);
  },
  room_list(chat, { rooms }) {
    chat.rooms = rooms;
    if (chat.closed && !rooms.some((one) => one.roomId === chat.room && one.closed)) chat.join(chat.room);
  },
  room_closed(chat, { roomId, userId, username }) {
    if (roomId === chat.room) chat.shutOut(roomId, { userId, username });
  },
  room_opened(chat, { roomId }) {
    if (roomId === chat.room) chat.join(roomId);
  },
  error(chat, message) {
    if (message.code === "room_closed" && chat.stoppedAtDoor()) return;
    const mine = chat.pending.find((one) => one.ref === message.ref);
    if (mine) mine.failed = true;
    chat.loading = false;
    chat.trouble(message);
  },
};

function settle(chat, message) {
  if (message.ref) chat.pending = chat.pending.filter((one) => one.ref !== message.ref);
}

function presence(chat, { roomId, userId, username, elsewhere, members }, came) {
  if (roomId !== chat.room) return;
  chat.members = members;
  if (elsewhere || userId === chat.me.userId) return;
  if (came) chat.people.set(userId, { userId, username });
  else chat.people.delete(userId);
  const note = { key: `n${Date.now()}-${userId}-${came}`, username, came, sentAt: new Date().toISOString() };
  chat.notes = [...chat.notes, note].slice(-KEPT_NOTES);
}
