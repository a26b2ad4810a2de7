// The last log lines, as they come: of everything or of one resource, and they stand still when asked to.

import { h, write } from "../dom.js";
import { label, title, writers } from "../describe.js";

const KEPT = 1000; // lines in memory
const SHOWN = 400; // lines on the page
const LAST = 200; // lines asked for of one resource
const NEAR = 24; // pixels from the end at which new lines pull the view along
const PLATFORM = /^(INIT_START|START RequestId|END RequestId|REPORT RequestId)/;
const BAD = /\b(ERROR|CRITICAL|FATAL|Traceback|Exception|Task timed out|\[ERROR\])/;

customElements.define("t-log", class extends HTMLElement {
  feed = null;
  #lines = [];
  #waiting = [];
  #paused = false;
  #writers = new Map();
  #address = "";
  #groups = null; // log groups of the chosen resource; null for all

  connectedCallback() {
    this.choice = h("select", { "aria-label": "Whose log", onchange: () => this.choose(this.choice.value) }, h("option", { value: "" }, "everything"));
    this.pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.#pauseOrGo() }, "Pause");
    this.list = h("ol", { class: "lines", tabindex: 0, role: "log", "aria-live": "off", "aria-label": "Log lines", onscroll: () => this.#scrolled() });
    this.newest = h("button", { type: "button", class: "newest", hidden: true, onclick: () => this.#toEnd() }, "To the newest ↓");
    this.empty = h("p", { class: "empty" }, "Connecting…");
    this.append(h("div", { class: "bar" }, h("h3", {}, "Log"), h("label", {}, h("span", { class: "of" }, "of "), this.choice), this.pause),
      h("div", { class: "pane" }, this.list, this.empty, this.newest));
  }

  /** Learns who writes which log. */
  know(resources) {
    this.#writers = writers(resources);
    const distinct = [...new Set(this.#writers.values())];
    const chosen = distinct.some(({ address }) => address === this.#address) ? this.#address : "";
    this.choice.replaceChildren(h("option", { value: "" }, "everything"),
      ...distinct.map((one) => h("option", { value: one.address }, `${label(one)} · ${title(one.type).toLowerCase()}`)));
    this.choice.value = chosen;
    for (const row of this.list.querySelectorAll("li[data-group]")) write(row.querySelector(".who"), this.#who(row.dataset.group));
  }

  /** Shows one resource's log only; everything for an empty address. */
  async choose(address) {
    this.#address = this.choice.value = address;
    const chosen = [...this.#writers].filter(([, one]) => one.address === address).map(([group]) => group);
    this.#groups = address && chosen.length ? new Set(chosen) : null;
    const older = this.#groups ? await this.#older(address, chosen) : this.#lines;
    if (this.#address !== address) return; // another one was chosen meanwhile
    this.list.replaceChildren();
    this.#draw(older.filter((line) => this.#wanted(line)));
    this.#toEnd();
  }

  /** Log lines came. */
  add({ lines, lost, first }) {
    if (first && this.#lines.length) this.#lines = this.#lines.slice(0, 0);
    if (first) this.list.replaceChildren();
    if (lost) lines = [{ note: `${lost} lines came faster than they can be shown; terrarium logs has them` }, ...lines];
    this.#lines = [...this.#lines, ...lines].slice(-KEPT);
    if (this.#paused) this.#hold(lines);
    else this.#draw(lines.filter((line) => this.#wanted(line)));
    this.#emptiness();
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
    this.list.append(...lines.slice(-SHOWN).map((line) => this.#row(line)));
    while (this.list.childElementCount > SHOWN && (follow || this.list.childElementCount > KEPT)) this.list.firstElementChild.remove();
    if (follow) this.list.scrollTop = this.list.scrollHeight;
    else this.newest.hidden = false;
    this.#emptiness();
  }

  #row({ time, group, message, note }) {
    if (note !== undefined) return h("li", { class: "note" }, note);
    const tone = PLATFORM.test(message) ? "platform" : BAD.test(message) ? "bad" : "";
    return h("li", { "data-group": group, class: tone },
      h("time", { datetime: new Date(time).toISOString() }, clock(time)), h("span", { class: "who", title: group }, this.#who(group)), h("span", { class: "text" }, message.trimEnd()));
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
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR;
  }

  #scrolled() {
    if (this.#atEnd()) this.newest.hidden = true;
  }

  #toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.newest.hidden = true;
  }
});

function clock(time) {
  const moment = new Date(time);
  return moment.toLocaleTimeString("en-GB", { hour12: false });
}
