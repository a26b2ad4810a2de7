// A look into the tables: items page by page, of the table or of an index, all of them or those with a key.

import { h, say, write } from "../dom.js";
import { columns, indexes, item, keys, short } from "../values.js";

const SETTLE = 600; // ms after a write until the page shown is read again
const COMPARISONS = [["=", "is"], ["begins_with", "begins with"], [">", "after"], [">=", "from"], ["<", "before"], ["<=", "up to"]];
const WRITES = /^(Put|Update|Delete|BatchWrite|TransactWrite)/;

customElements.define("t-tables", class extends HTMLElement {
  feed = null;
  #tables = [];
  #table = null;
  #starts = [""]; // where each page up to the one shown begins
  #next = null;
  #timer = 0;
  #asked = 0;

  connectedCallback() {
    this.hidden = true;
    this.choice = h("select", { "aria-label": "Table", onchange: () => this.#open(this.choice.value) });
    this.index = h("select", { "aria-label": "Read", onchange: () => this.#keyed() });
    this.keys = h("span", { class: "keys" });
    this.form = h("form", { onsubmit: (event) => this.#submit(event) }, this.index, this.keys,
      h("button", { type: "submit" }, "Read"));
    this.pane = h("div", { class: "pane items", tabindex: 0, role: "region", "aria-label": "Items" });
    this.said = h("p", { class: "said", role: "status" });
    this.back = h("button", { type: "button", disabled: true, onclick: () => this.#turn(-1) }, "← Back");
    this.on = h("button", { type: "button", disabled: true, onclick: () => this.#turn(1) }, "Next →");
    this.append(h("div", { class: "bar" }, h("h3", {}, "Tables"), this.choice), this.form, this.pane,
      h("div", { class: "bar foot" }, this.said, this.back, this.on));
  }

  /** A system's resources are known: its tables can be asked for. */
  async know(resources) {
    this.hidden = !resources.some(({ type, state }) => type === "aws_dynamodb_table" && state === "alive");
    if (this.hidden) return;
    await this.#try(async () => {
      this.#tables = (await this.feed.get("tables")).tables;
      this.choice.replaceChildren(...this.#tables.map(({ TableName }) => h("option", {}, TableName)));
      const name = this.#table?.TableName ?? this.#tables[0]?.TableName;
      if (name) await this.#open(name);
    });
  }

  /** Something was written: the first page is read again, once things settle. */
  beat(pulses) {
    const written = Object.values(pulses).some(({ counts }) => Object.keys(counts).some((kind) => WRITES.test(kind)));
    if (!written || !this.#table || this.#starts.length > 1 || this.pane.querySelector("[aria-expanded=true]")) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), SETTLE);
  }

  async #open(name) {
    this.#table = this.#tables.find(({ TableName }) => TableName === name);
    this.choice.value = name;
    this.index.replaceChildren(h("option", { value: "" }, "the table itself"), ...indexes(this.#table).map((one) => h("option", { value: one }, `index ${one}`)));
    this.#keyed();
    await this.#again();
  }

  /** The fields of the keys of what is read. */
  #keyed() {
    const [partition, sort] = keys(this.#table, this.index.value);
    const field = (name, key) => h("input", { name, placeholder: key.name, "aria-label": key.name, autocomplete: "off", spellcheck: "false", inputmode: key.type === "N" ? "decimal" : null });
    const compare = () => h("select", { name: "compare", "aria-label": `How ${sort.name} compares` }, ...COMPARISONS.map(([value, text]) => h("option", { value }, text)));
    const newest = () => h("label", { class: "tick" }, h("input", { type: "checkbox", name: "descending", value: "1" }), " last first");
    this.keys.replaceChildren(h("label", {}, `${partition.name} is `, field("partition", partition)),
      ...(sort ? [h("span", { class: "sort" }, h("span", {}, sort.name), compare(), field("sort", sort)), newest()] : []));
  }

  #submit(event) {
    event.preventDefault();
    this.#again();
  }

  #again() {
    this.#starts = [""];
    return this.#read();
  }

  #turn(way) {
    if (way < 0) this.#starts.pop();
    else this.#starts.push(JSON.stringify(this.#next));
    this.#read();
    this.pane.scrollTop = 0;
  }

  async #read() {
    const asked = ++this.#asked;
    const query = Object.fromEntries([...new FormData(this.form)].filter(([, value]) => value !== ""));
    if (this.index.value) query.index = this.index.value;
    const start = this.#starts.at(-1);
    if (start) query.start = start;
    await this.#try(async () => {
      const found = await this.feed.get(`tables/${encodeURIComponent(this.#table.TableName)}`, query);
      if (asked === this.#asked) this.#show(found);
    });
  }

  async #try(work) {
    try {
      await work();
      delete this.dataset.failed;
    } catch (error) {
      this.dataset.failed = "";
      write(this.said, error instanceof TypeError ? "It does not answer just now." : error.message);
    }
  }

  #show({ items, next }) {
    this.#next = next;
    this.back.disabled = this.#starts.length === 1;
    this.on.disabled = !next;
    const page = this.#starts.length > 1 || next ? `, page ${this.#starts.length}` : "";
    write(this.said, `${items.length} ${items.length === 1 ? "item" : "items"}${page}`);
    this.pane.replaceChildren(items.length ? this.#grid(items) : h("p", { class: "empty" }, this.form.elements.partition.value ? "No item has this key." : "No items."));
  }

  #grid(items) {
    const first = [...new Set([...keys(this.#table, this.index.value), ...keys(this.#table, "")].map(({ name }) => name))];
    const names = columns(items, first);
    return h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen" }, "Whole item")), ...names.map((name) => h("th", { scope: "col", class: first.includes(name) ? "key" : "" }, name)))),
      h("tbody", {}, ...items.flatMap((one) => this.#row(one, names))));
  }

  #row(one, names) {
    const whole = h("tr", { class: "whole", hidden: true }, h("td", { colspan: names.length + 1 }, h("pre", {})));
    const toggle = () => {
      whole.hidden = !whole.hidden;
      button.setAttribute("aria-expanded", !whole.hidden);
      write(whole.querySelector("pre"), JSON.stringify(item(one), null, 2));
      say(whole.hidden ? "" : "The whole item is shown");
    };
    const button = h("button", { type: "button", class: "unfold", "aria-expanded": "false", "aria-label": "The whole item", onclick: toggle });
    const cell = (name) => h("td", { "data-type": one[name] ? Object.keys(one[name])[0] : "none" }, short(one[name]));
    return [h("tr", {}, h("td", {}, button), ...names.map(cell)), whole];
  }
});
