// The health of what a load balancer sends requests to.

import { h } from "../dom.js";

const SIGNS = { healthy: "✓", unhealthy: "✕", initial: "…", draining: "↓", unused: "–" };

customElements.define("t-health", class extends HTMLElement {
  #shown = "";

  show(targets) {
    const shown = JSON.stringify(targets);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.hidden = targets.length === 0;
    this.replaceChildren(h("h3", {}, "Health"), h("ul", { class: "rows" }, ...targets.map(row)));
  }
});

function row({ group, target, state, reason }) {
  return h("li", { class: "target", "data-health": state },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[state] ?? "?"),
    h("span", { class: "name" }, group), h("span", { class: "kind" }, target),
    h("span", { class: "does" }, reason ? `${state}: ${reason}` : state));
}
