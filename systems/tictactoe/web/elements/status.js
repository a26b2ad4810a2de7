// <ttt-status>, <ttt-link>, <ttt-toasts>: what is going on, how one is connected, and short news.

import { h } from "../dom.js";

const SHOWN = 4000; // ms
const LINKS = { live: "Live", connecting: "Connecting…", waiting: "Reconnecting…", failed: "Offline" };

class StatusElement extends HTMLElement {
  #title = h("strong", { class: "title" });
  #detail = h("span", { class: "detail" });

  connectedCallback() {
    this.append(this.#title, this.#detail);
  }

  render({ headline }) {
    this.dataset.tone = headline.tone;
    // Unchanged text is left alone, so that it is read out once.
    if (this.#title.textContent !== headline.title) this.#title.textContent = headline.title;
    if (this.#detail.textContent !== headline.detail) this.#detail.textContent = headline.detail;
  }
}

class LinkElement extends HTMLElement {
  render({ link }) {
    if (this.dataset.link === link) return;
    this.dataset.link = link;
    this.textContent = LINKS[link];
  }
}

class ToastsElement extends HTMLElement {
  say(text, tone = "info") {
    const toast = h("p", { class: `toast ${tone}` }, text);
    this.append(toast);
    while (this.children.length > 3) this.firstChild.remove();
    setTimeout(() => toast.remove(), SHOWN);
  }
}

customElements.define("ttt-status", StatusElement);
customElements.define("ttt-link", LinkElement);
customElements.define("ttt-toasts", ToastsElement);
