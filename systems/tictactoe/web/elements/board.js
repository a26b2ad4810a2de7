// <ttt-board>: nine squares. A move is drawn at once and taken back if the board refuses it.

import { calm, h, mark, s } from "../dom.js";

const STEPS = { ArrowUp: -3, ArrowDown: 3, ArrowLeft: -1, ArrowRight: 1 };

class BoardElement extends HTMLElement {
  #cells = [];
  #drawn = Array(9).fill(null);
  #hoped = null; // a move on its way: { cell, game }
  #strike = null;
  #view = null;

  connectedCallback() {
    this.setAttribute("role", "grid");
    this.setAttribute("aria-label", "Board");
    this.#cells = Array.from({ length: 9 }, (_, cell) =>
      h("button", {
        type: "button", class: "cell", role: "gridcell", tabindex: cell === 4 ? 0 : -1,
        onclick: () => this.play(cell), onkeydown: (event) => this.#walk(event, cell), onfocus: () => this.#rove(cell),
      }));
    for (const row of [0, 1, 2]) this.append(h("div", { role: "row", class: "row" }, ...this.#cells.slice(row * 3, row * 3 + 3)));
    document.addEventListener("keydown", (event) => this.#digit(event));
  }

  /** Ask for a square; app.js sends it. */
  play(cell) {
    if (!this.#view?.mayMove || this.#hoped) return;
    if (this.#view.state.cells[cell]) return this.#shake(cell);
    this.#hoped = { cell, game: this.#view.state.game };
    this.render(this.#view);
    this.dispatchEvent(new CustomEvent("play", { detail: cell, bubbles: true }));
  }

  /** The move was refused or never arrived: take it back. */
  takeBack(only = this.#hoped?.cell) {
    if (!this.#hoped || this.#hoped.cell !== only) return;
    const { cell } = this.#hoped;
    this.#hoped = null;
    this.render(this.#view);
    this.#shake(cell);
  }

  render(view) {
    this.#view = view;
    const cells = view.state?.cells ?? Array(9).fill(null);
    if (this.#hoped && (cells[this.#hoped.cell] || this.#hoped.game !== view.state?.game || !view.mayMove)) this.#hoped = null;
    const mine = view.mayMove && !this.#hoped;
    this.dataset.phase = view.state?.phase ?? "loading";
    this.classList.toggle("mine", mine);
    this.dataset.marker = view.marker ?? "";
    cells.forEach((marker, cell) => this.#draw(cell, cell === this.#hoped?.cell ? view.marker : marker, mine));
    this.#drawLine(view.state?.line ?? null, cells);
  }

  #draw(cell, marker, mine) {
    const button = this.#cells[cell];
    const where = `Row ${Math.floor(cell / 3) + 1}, column ${(cell % 3) + 1}`;
    button.setAttribute("aria-label", `${where}: ${marker ?? "free"}`);
    button.setAttribute("aria-disabled", String(!mine || marker !== null));
    if (marker === this.#drawn[cell]) return;
    this.#drawn[cell] = marker;
    button.replaceChildren(...(marker ? [mark(marker)] : []));
  }

  #drawLine(line, cells) {
    const key = line ? line.join() : null;
    if (key === this.#strike) return;
    this.#strike = key;
    this.querySelector(".strike")?.remove();
    this.#cells.forEach((button, cell) => button.classList.toggle("won", Boolean(line?.includes(cell))));
    if (!line) return;
    const at = (cell) => [16.67 + (cell % 3) * 33.33, 16.67 + Math.floor(cell / 3) * 33.33];
    const [[x1, y1], [x2, y2]] = [at(line[0]), at(line[2])];
    const stretch = (from, to) => from + (from - to) * 0.14;
    const path = `M${stretch(x1, x2)} ${stretch(y1, y2)} ${stretch(x2, x1)} ${stretch(y2, y1)}`;
    this.append(s("svg", { viewBox: "0 0 100 100", class: `strike strike-${cells[line[0]].toLowerCase()}`, "aria-hidden": "true" }, s("path", { d: path, pathLength: 1 })));
  }

  #walk(event, cell) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const sideways = Math.abs(step) === 1;
    const next = cell + step;
    if (next < 0 || next > 8 || (sideways && Math.floor(next / 3) !== Math.floor(cell / 3))) return;
    this.#cells[next].focus();
  }

  #rove(cell) {
    this.#cells.forEach((button, index) => button.setAttribute("tabindex", index === cell ? 0 : -1));
  }

  #digit(event) {
    const typing = event.target instanceof Element && event.target.closest("input, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    const cell = Number(event.key) - 1;
    this.#cells[cell].focus();
    this.play(cell);
  }

  #shake(cell) {
    if (calm.matches) return;
    this.#cells[cell].animate([0, -5, 5, -3, 3, 0].map((x) => ({ transform: `translateX(${x}px)` })), 260);
  }
}

customElements.define("ttt-board", BoardElement);
