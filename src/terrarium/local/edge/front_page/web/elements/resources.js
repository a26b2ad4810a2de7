// What a system is made of: what is alive first, with a beat whenever it does something.

import { calm, h, write } from "../dom.js";
import { activity, counted, failed, kind, label, sorted } from "../describe.js";
import { copyButton } from "./copy.js";

const BEAT = { duration: 700, easing: "ease-out" };
const RING = [{ boxShadow: "0 0 0 0 var(--beat)" }, { boxShadow: "0 0 0 9px transparent" }];

customElements.define("t-resources", class extends HTMLElement {
  #rows = new Map(); // by address: { row, dot, does, counts }

  show(resources) {
    const { main, logs, parts, unsupported } = sorted(resources);
    const before = this.#rows;
    this.#rows = new Map();
    const open = new Set([...this.querySelectorAll("details[open]")].map((one) => one.dataset.name));
    const fold = (one, many, list, hint) => this.#fold(one, many, list, hint, before, open.has(many));
    this.replaceChildren(
      h("h3", {}, "Alive ", h("span", { class: "count", title: "Counted since this page was opened" }, main.length + logs.length + parts.length)),
      h("ul", { class: "rows" }, ...main.map((one) => this.#row(one, before))),
      ...[
        fold("log group", "log groups", logs, ""),
        fold("part of these", "parts of these", parts, ""),
        fold("not known here", "not known here", unsupported, "Types that nothing here answers for"),
      ].filter(Boolean));
  }

  /** Something happened to some resources, by address. */
  beat(pulses) {
    for (const [address, pulse] of Object.entries(pulses)) {
      const row = this.#rows.get(address);
      if (!row) continue;
      row.counts = counted(row.counts, pulse.counts);
      write(row.does, activity(row.counts, pulse));
      row.row.dataset.failed = failed(pulse);
      if (row.dot.getAnimations().length === 0 && !calm.matches) row.dot.animate(RING, BEAT);
    }
  }

  /** It ended: what it did counts no longer. */
  forget() {
    for (const row of this.#rows.values()) {
      row.counts = {};
      write(row.does, "");
      row.row.dataset.failed = false;
    }
  }

  #row(resource, before) {
    const counts = before.get(resource.address)?.counts ?? {};
    const dot = h("span", { class: "dot", "aria-hidden": "true" });
    const does = h("span", { class: "does" }, activity(counts, null));
    const row = h("li", { title: resource.made_by === "call" ? resource.address : `${resource.address}\n${resource.where}`, "data-failed": "false" },
      dot, this.#name(resource), h("span", { class: "kind" }, kind(resource)), does, command(resource));
    this.#rows.set(resource.address, { row, dot, does, counts });
    return row;
  }

  #name(resource) {
    if (!resource.logs?.length) return h("span", { class: "name" }, label(resource));
    const show = () => this.dispatchEvent(new CustomEvent("show-log", { detail: resource.address, bubbles: true }));
    return h("button", { type: "button", class: "name", title: "Show only its log", onclick: show }, label(resource));
  }

  #fold(one, many, list, hint, before, open) {
    if (list.length === 0) return null;
    const summary = `${list.length} ${list.length === 1 ? one : many}`;
    return h("details", { "data-name": many, open }, h("summary", { title: hint || null }, summary),
      h("ul", { class: "rows" }, ...list.map((each) => this.#row(each, before))));
  }
});

/** What one types to look at it, to be copied. */
function command({ reached_at: reached }) {
  return /^(aws|terrarium) /.test(reached) ? copyButton(() => reached, `“${reached}”`) : h("span", { class: "copy none" });
}
