// <ttt-line>: everybody in order, the two at the board first. Rows glide to their new places.

import { avatar } from "../avatar.js";
import { calm, h, mark } from "../dom.js";

class LineElement extends HTMLElement {
  #rows = new Map();
  #list = h("ol", { class: "rows" });
  #count = h("span", { class: "count" });
  #empty = h("div", { class: "empty" },
    h("span", { class: "empty-marks", "aria-hidden": "true" }, mark("X", "ghost"), mark("O", "ghost")),
    h("p", {}, "Nobody is here yet. Whoever joins first gets X."));
  #more = h("p", { class: "more", hidden: true });
  #watching = h("span", { class: "watching" });

  connectedCallback() {
    this.classList.add("card");
    this.append(h("h2", {}, "The line ", this.#count), this.#list, this.#empty, this.#more, this.#watching);
  }

  render({ players, total, me, state }) {
    this.classList.toggle("loading", players === null);
    const before = this.#tops();
    const shown = inOrder(players ?? []);
    let waiting = 0;
    shown.forEach((player) => this.#row(player, me, player.status === "active" ? 0 : ++waiting));
    this.#forget(new Set(shown.map((player) => player.connectionId)));
    shown.forEach(({ connectionId }, index) => {
      const { root } = this.#rows.get(connectionId);
      if (this.#list.children[index] !== root) this.#list.insertBefore(root, this.#list.children[index] ?? null);
    });
    this.#glide(before);
    this.#count.textContent = total ? String(total) : "";
    this.#empty.hidden = players === null || total > 0;
    this.#more.hidden = total <= shown.length;
    this.#more.textContent = `and ${total - shown.length} more`;
    const watching = state?.watching ?? 0;
    this.#watching.textContent = watching > 1 ? `${watching} people have the board open` : "";
  }

  #row(player, me, place) {
    const id = player.connectionId;
    if (!this.#rows.has(id)) this.#rows.set(id, makeRow(id));
    const row = this.#rows.get(id);
    row.name.textContent = player.username ?? "Somebody";
    row.root.className = ["row-player", player.status, id === me?.connectionId ? "me" : "", place === 1 ? "next" : ""].join(" ");
    row.note.textContent = place === 0 ? "at the board" : place === 1 ? "next" : "";
    const sign = player.marker ?? String(place);
    if (row.sign !== sign) {
      row.sign = sign;
      row.place.replaceChildren(player.marker ? mark(player.marker, "sign") : sign);
    }
    row.you.hidden = id !== me?.connectionId;
  }

  #forget(here) {
    for (const [id, row] of this.#rows) {
      if (here.has(id)) continue;
      row.root.remove();
      this.#rows.delete(id);
    }
  }

  #tops() {
    return new Map([...this.#rows].map(([id, row]) => [id, row.root.offsetTop]));
  }

  #glide(before) {
    if (calm.matches) return;
    for (const [id, row] of this.#rows) {
      const was = before.get(id);
      const moved = was === undefined ? null : was - row.root.offsetTop;
      if (moved === null) row.root.animate([{ opacity: 0, transform: "translateX(24px)" }, {}], { duration: 320, easing: "ease-out" });
      else if (moved) row.root.animate([{ transform: `translateY(${moved}px)` }, {}], { duration: 420, easing: "cubic-bezier(.2,1.3,.4,1)" });
    }
  }
}

/** X, then O, then those who wait, as they joined. */
function inOrder(players) {
  const rank = ({ marker }) => (marker === "X" ? 0 : marker === "O" ? 1 : 2);
  return players.map((player, index) => ({ player, index }))
    .sort((a, b) => rank(a.player) - rank(b.player) || a.index - b.index)
    .map(({ player }) => player);
}

function makeRow(id) {
  const row = {
    place: h("span", { class: "place" }),
    name: h("span", { class: "name" }),
    you: h("span", { class: "tag" }, "you"),
    note: h("span", { class: "note" }),
    sign: null,
  };
  row.root = h("li", {}, row.place, avatar(id), row.name, row.you, row.note);
  return row;
}

customElements.define("ttt-line", LineElement);
