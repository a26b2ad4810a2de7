// <ttt-versus>: the two at the board, whose turn it is, and how long they still have.

import { avatar } from "../avatar.js";
import { h, mark, s } from "../dom.js";

const URGENT = 10; // seconds

class VersusElement extends HTMLElement {
  #seats = {};
  #until = null;
  #whole = 60;

  connectedCallback() {
    for (const marker of ["X", "O"]) this.#seats[marker] = this.#seat(marker);
    this.append(this.#seats.X.root, h("span", { class: "vs", "aria-hidden": "true" }, "vs"), this.#seats.O.root);
    setInterval(() => this.#tick(), 200);
  }

  #seat(marker) {
    const seat = {
      picture: h("span", { class: "picture" }),
      name: h("strong", { class: "name" }),
      note: h("span", { class: "note" }),
      seconds: h("span", { class: "seconds", "aria-hidden": "true" }),
      ring: s("circle", { cx: 50, cy: 50, r: 46, pathLength: 1, class: "left" }),
      shown: null,
    };
    const clock = s("svg", { viewBox: "0 0 100 100", class: "ring", "aria-hidden": "true" }, s("circle", { cx: 50, cy: 50, r: 46, class: "track" }), seat.ring);
    seat.root = h("div", { class: `seat seat-${marker.toLowerCase()}` },
      h("span", { class: "face" }, clock, seat.picture, h("span", { class: "badge" }, mark(marker, "badge-mark"))),
      h("span", { class: "who" }, seat.name, seat.note), seat.seconds);
    return seat;
  }

  render({ state, seated, marker }, until) {
    this.#until = until;
    this.#whole = state?.moveTime ?? 60;
    for (const [one, seat] of Object.entries(this.#seats)) {
      const player = seated[one];
      seat.root.classList.toggle("free", !player);
      seat.root.classList.toggle("turn", Boolean(player) && state?.turn === one);
      seat.root.classList.toggle("you", one === marker);
      seat.name.textContent = player ? player.username : "Free seat";
      seat.note.textContent = !player ? `plays ${one}` : note(player, one === marker);
      if (seat.shown !== (player?.connectionId ?? null)) {
        seat.shown = player?.connectionId ?? null;
        seat.picture.replaceChildren(...(player ? [avatar(player.connectionId)] : []));
      }
    }
    this.#tick();
  }

  #tick() {
    const left = this.#until === null ? null : Math.max(0, (this.#until - performance.now()) / 1000);
    for (const seat of Object.values(this.#seats)) {
      const running = left !== null && seat.root.classList.contains("turn");
      seat.root.classList.toggle("urgent", running && left <= URGENT);
      seat.seconds.textContent = running ? Math.ceil(left) : "";
      seat.ring.style.strokeDashoffset = running ? 1 - left / this.#whole : 1;
    }
  }
}

function note({ wins }, isMe) {
  const streak = wins === 0 ? "" : wins === 1 ? "1 win" : `${wins} wins in a row`;
  return [isMe ? "you" : "", streak].filter(Boolean).join(" · ");
}

customElements.define("ttt-versus", VersusElement);
