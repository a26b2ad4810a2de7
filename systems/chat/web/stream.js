// The conversation as it is drawn: messages, whispers, who came and went, and what is still on its way.

import { $, face, h, list } from "./dom.js";

const TOGETHER = 5 * 60_000; // ms within which messages of one person stand together
const NEAR = 80; // px from the end within which a reader follows it

export class Stream {
  #scroller = $("#scroller");
  #stream = $("#stream");
  #follows = true;
  #room = "";
  #last = "";

  constructor({ earlier, again, giveUp, whisper }) {
    this.actions = { again, giveUp, whisper };
    this.#scroller.addEventListener("scroll", () => {
      this.#follows = this.#toEnd() < NEAR;
      if (this.#follows) $("#newest").hidden = true;
      if (this.#scroller.scrollTop < 40) earlier();
    }, { passive: true });
    $("#earlier").addEventListener("click", earlier);
    $("#newest").addEventListener("click", () => this.end());
    new ResizeObserver(() => this.#follows && this.end()).observe(this.#scroller);
  }

  /** Show the newest. */
  end() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#follows = true;
    $("#newest").hidden = true;
  }

  render(chat) {
    if (chat.room !== this.#room) {
      this.#room = chat.room;
      this.#follows = true;
      this.#last = "";
    }
    const entries = arranged(chat);
    const [top, height] = [this.#scroller.scrollTop, this.#scroller.scrollHeight];
    const first = this.#stream.firstElementChild;
    $("#earlier").hidden = !chat.more;
    $("#beginning").hidden = chat.more || chat.loading || Boolean(chat.closed && !chat.messages.length);
    $("#beginning").textContent = entries.some((one) => one.kind === "chat") ? `This is where #${chat.room} begins.` : `Nothing has been said in #${chat.room} yet. Be the first.`;
    list(this.#stream, entries, (one) => one.key, (one) => this.#made(one, chat));
    const last = entries.findLast((one) => one.kind !== "day");
    const isNew = last && last.key !== this.#last;
    this.#last = last?.key ?? "";
    if (this.#follows || (isNew && last.own)) this.end();
    else if (first && first !== this.#stream.firstElementChild) this.#scroller.scrollTop = top + this.#scroller.scrollHeight - height;
    else if (isNew && last.kind !== "note") $("#newest").hidden = false;
  }

  #toEnd() { return this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight; }

  #made(one, chat) {
    if (one.kind === "day") return h("li", { class: "day" }, h("span", {}, one.text));
    if (one.kind === "note") return h("li", { class: "note" }, h("b", {}, one.username), one.came ? " came in" : " left");
    const classes = ["said", one.own && "own", one.joins && "joins", one.kind === "whisper" && "whisper", one.pending && "pending", one.failed && "failed"];
    const item = h("li", { class: classes.filter(Boolean).join(" ") });
    if (!one.own) item.append(one.joins ? h("span", { class: "face-gap" }) : face(one.userId, one.username));
    item.append(h("div", { class: "said-body" }, this.#head(one, chat), h("p", { class: "bubble" }, one.text), this.#foot(one)));
    return item;
  }

  #head(one, chat) {
    if (one.kind === "whisper") {
      const words = one.own ? `You whisper to ${one.targetUsername}` : `${one.username} whispers to you`;
      return h("p", { class: "said-head" }, h("b", {}, words), clock(one));
    }
    if (one.joins) return null;
    return h("p", { class: "said-head" }, one.own ? h("span", { class: "hidden" }, chat.me.username) : h("b", {}, one.username), clock(one));
  }

  #foot(one) {
    if (one.failed) {
      return h("p", { class: "said-foot" }, "Not sent. ",
        h("button", { type: "button", onclick: () => this.actions.again(one.pending) }, "Try again"), " ",
        h("button", { type: "button", onclick: () => this.actions.giveUp(one.pending) }, "Discard"));
    }
    if (one.kind === "whisper" && !one.own) {
      return h("p", { class: "said-foot" }, h("button", { type: "button", onclick: () => this.actions.whisper({ userId: one.userId, username: one.username }) }, "Whisper back"));
    }
    return null;
  }
}

/** Everything in the order of time, with days between, and neighbours by one person joined. */
function arranged(chat) {
  const shown = (kind, one) => ({ ...one, kind, key: `${kind[0]}${one.sentAt}${one.userId}`, text: one.message, own: one.userId === chat.me.userId });
  const settled = [
    ...chat.messages.map((one) => shown("chat", one)),
    ...chat.whispers.filter((one) => !chat.more || one.sentAt > chat.messages[0].sentAt).map((one) => shown("whisper", one)),
    ...chat.notes.filter((one) => !chat.messages.length || one.sentAt > chat.messages[0].sentAt).map((one) => ({ ...one, kind: "note" })),
  ].sort((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
  const waiting = chat.pending.filter((one) => one.to || one.room === chat.room).map((one) => ({
    kind: one.to ? "whisper" : "chat", key: `${one.key}${one.failed}`, text: one.text, own: true, pending: one, failed: one.failed,
    userId: chat.me.userId, targetUsername: one.to?.username, sentAt: new Date(one.at).toISOString(),
  }));
  return [...spaced([...settled, ...waiting])];
}

function* spaced(entries) {
  let before = null;
  for (const one of entries) {
    const day = new Date(one.sentAt).toDateString();
    if (!before || day !== new Date(before.sentAt).toDateString()) {
      yield { kind: "day", key: `d${day}`, text: named(day) };
      before = null;
    }
    one.joins = one.kind === "chat" && before?.kind === "chat" && before.userId === one.userId && Date.parse(one.sentAt) - Date.parse(before.sentAt) < TOGETHER;
    one.key += one.joins ? "+" : "";
    yield one;
    before = one;
  }
}

function named(day) {
  const now = new Date();
  if (day === now.toDateString()) return "Today";
  now.setDate(now.getDate() - 1);
  return day === now.toDateString() ? "Yesterday" : new Date(day).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
}

function clock(one) {
  const at = new Date(one.sentAt);
  return h("time", { datetime: one.sentAt, title: at.toLocaleString() }, at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }));
}
