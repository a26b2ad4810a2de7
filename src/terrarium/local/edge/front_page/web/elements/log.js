// The last log lines, as they come: of everything or of one resource, and they stand still when asked to.

import { h, write } from "../dom.js";
import { label, title, writers } from "../describe.js";
import { fields, report, tone } from "../lines.js";

const KEPT = 1000; // lines in memory
const SHOWN = 400; // lines on the page
const LAST = 200; // lines asked for of one resource
const NEAR = 24; // pixels from the end at which new lines pull the view along

customElements.define("t-log", class extends HTMLElement {
  feed = null;
  #lines = [];
  #drawn = []; // what is on the page, as it came
  #waiting = [];
  #paused = false;
  #writers = new Map();
  #address = "";
  #groups = null; // log groups of the chosen resource; null for all

  connectedCallback() {
    this.choice = h("select", { "aria-label": "Whose log", onchange: () => this.choose(this.choice.value) }, h("option", { value: "" }, "everything"));
    this.pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.#pauseOrGo() }, "Pause");
    this.whole = h("input", { type: "checkbox", onchange: () => this.#redraw() });
    this.list = h("ol");
    this.view = h("div", { class: "lines", tabindex: 0, role: "log", "aria-live": "off", "aria-label": "Log lines", onscroll: () => this.#scrolled() }, this.list);
    this.newest = h("button", { type: "button", class: "newest", hidden: true, onclick: () => this.#toEnd() }, "To the newest ↓");
    this.empty = h("p", { class: "empty" }, "Connecting…");
    this.append(h("div", { class: "bar" }, h("h3", {}, "Log"), h("label", { class: "of" }, h("span", {}, "of "), this.choice),
      h("label", { class: "tick", title: "Every line as it was written, with those that the platform adds" }, this.whole, " as written"), this.pause),
      h("div", { class: "pane" }, this.view, this.empty, this.newest));
  }

  /** Learns who writes which log. */
  know(resources) {
    this.#writers = writers(resources);
    const distinct = [...new Set(this.#writers.values())];
    const chosen = distinct.some(({ address }) => address === this.#address) ? this.#address : "";
    this.choice.replaceChildren(h("option", { value: "" }, "everything"),
      ...distinct.map((one) => h("option", { value: one.address }, `${label(one)} · ${title(one.type).toLowerCase()}`)));
    this.choice.value = chosen;
    if (this.#address) this.choose(chosen);
    for (const row of this.list.querySelectorAll("li[data-group]")) write(row.querySelector(".who"), this.#who(row.dataset.group));
  }

  /** Shows one resource's log only; everything for an empty address. */
  async choose(address) {
    this.#address = this.choice.value = address;
    const chosen = [...this.#writers].filter(([, one]) => one.address === address).map(([group]) => group);
    this.#groups = address && chosen.length ? new Set(chosen) : null;
    const older = this.#groups ? await this.#older(address, chosen) : this.#lines;
    if (this.#address === address) this.#redraw(older); // unless another one was chosen meanwhile
  }

  #redraw(lines = this.#drawn) {
    this.#drawn = [];
    this.list.replaceChildren();
    this.#draw(lines.filter((line) => this.#wanted(line)));
    this.#toEnd();
  }

  /** Log lines came. */
  add({ lines, lost, first }) {
    if (first) this.#begin();
    if (lost) lines = [{ note: `${lost} lines came faster than they can be shown; terrarium logs has them` }, ...lines.slice(1 - SHOWN)];
    this.#lines = [...this.#lines, ...lines].slice(-KEPT);
    if (this.#paused) this.#hold(lines);
    else this.#draw(lines.filter((line) => this.#wanted(line)));
    if (first && this.#address) this.choose(this.#address); // it may have said its last before many others
    this.#emptiness();
  }

  /** The connection is new, and brings the last lines again. */
  #begin() {
    this.#lines = [];
    this.#drawn = [];
    this.#waiting = [];
    this.list.replaceChildren();
  }

  async #older(address, groups) {
    const asked = groups.length === 1 && this.#writers.get(groups[0])?.type === "aws_cloudwatch_log_group" ? groups[0] : address;
    try {
      return await this.feed.tail(asked, LAST);
    } catch {
      return this.#lines; // not reached just now: what is here already is shown
    }
  }

  #wanted({ group, note }) {
    return note !== undefined || this.#groups === null || this.#groups.has(group);
  }

  #hold(lines) {
    this.#waiting = [...this.#waiting, ...lines].slice(-KEPT);
    const count = this.#waiting.filter((line) => this.#wanted(line)).length;
    write(this.pause, count ? `Go on (${count}${count >= KEPT ? "+" : ""} new)` : "Go on");
  }

  #pauseOrGo() {
    this.#paused = !this.#paused;
    this.pause.setAttribute("aria-pressed", this.#paused);
    write(this.pause, this.#paused ? "Go on" : "Pause");
    const waiting = this.#waiting;
    this.#waiting = [];
    if (!this.#paused) this.#draw(waiting.filter((line) => this.#wanted(line)));
  }

  #draw(lines) {
    const follow = this.#atEnd();
    const most = follow ? SHOWN : KEPT;
    this.#drawn = [...this.#drawn, ...lines].slice(-KEPT);
    this.list.append(...lines.slice(-SHOWN).map((line) => this.#row(line)).filter(Boolean));
    while (this.list.childElementCount > most) this.list.firstElementChild.remove();
    if (follow) this.view.scrollTop = this.view.scrollHeight;
    else this.newest.hidden = false;
    this.#emptiness();
  }

  #row({ time, group, message, note }) {
    if (note !== undefined) return h("li", { class: "note" }, note);
    const kind = tone(message);
    if (kind === "marker" && !this.whole.checked) return null;
    return h("li", { "data-group": group, class: kind },
      h("time", { datetime: new Date(time).toISOString() }, clock(time)), h("span", { class: "who", title: group }, this.#who(group)),
      h("span", { class: "text" }, ...(this.whole.checked ? [message.trimEnd()] : said(kind, message))));
  }

  #who(group) {
    const one = this.#writers.get(group);
    return one ? label(one) : group.split("/").at(-1);
  }

  #emptiness() {
    this.empty.hidden = this.list.childElementCount > 0;
    write(this.empty, this.#groups ? "It has not said anything yet." : "Nothing has been said yet.");
  }

  #atEnd() {
    return this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < NEAR;
  }

  #scrolled() {
    if (this.#atEnd()) this.newest.hidden = true;
  }

  #toEnd() {
    this.view.scrollTop = this.view.scrollHeight;
    this.newest.hidden = true;
  }
});

function said(kind, message) {
  if (kind === "report") return [report(message)];
  if (kind !== "fields") return [message.trimEnd()];
  return fields(message).map(([name, value]) => h("span", { class: "field" }, h("span", { class: "field-name" }, `${name} `), value, " "));
}

function clock(time) {
  return new Date(time).toLocaleTimeString("en-GB", { hour12: false });
}
