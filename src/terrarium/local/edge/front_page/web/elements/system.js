// One system: where to click, what it is made of, what happens in it.

import { h, write } from "../dom.js";
import { links, targets } from "../describe.js";
import { copied } from "./copy.js";
import { details } from "./details.js";
import "./health.js";
import "./log.js";
import "./resources.js";
import "./tables.js";

const STATES = {
  loading: "Connecting…",
  live: "Alive",
  lost: "Connection lost, trying again…",
  ended: "Ended. This comes back by itself when it is up again.",
};

customElements.define("t-system", class extends HTMLElement {
  feed = null;
  #drawn = "";

  connectedCallback() {
    this.#build();
    this.feed.addEventListener("state", () => this.#state());
    this.feed.addEventListener("status", ({ detail }) => this.#status(detail));
    this.feed.addEventListener("lines", ({ detail }) => this.log.add(detail));
    this.feed.addEventListener("pulses", ({ detail }) => {
      this.resources.beat(detail);
      this.tables.beat(detail);
    });
    this.addEventListener("show-log", ({ detail }) => this.log.choose(detail));
    this.#state();
  }

  #build() {
    const { name } = this.feed;
    this.state = h("p", { class: "state", role: "status" });
    this.about = h("p", { class: "about" });
    this.links = h("div", { class: "links" });
    this.health = h("t-health");
    this.resources = h("t-resources");
    this.log = h("t-log");
    this.tables = h("t-tables");
    this.more = h("div", { class: "more" });
    this.log.feed = this.tables.feed = this.feed;
    this.section = h("section", { id: `system-${name}`, class: "system", "aria-labelledby": `name-${name}` },
      h("header", {}, h("div", { class: "names" }, h("h2", { id: `name-${name}` }, name), this.state, this.about), this.links),
      h("div", { class: "columns" }, h("div", { class: "made" }, this.health, this.resources), h("div", { class: "seen" }, this.log, this.tables)),
      this.more);
    this.append(this.section);
  }

  #state() {
    this.section.dataset.state = this.feed.state;
    write(this.state, this.#said());
    if (this.feed.state === "ended") this.#end();
  }

  /** What comes back may be another one: everything is asked for anew then. */
  #end() {
    this.#drawn = "";
    this.resources.forget();
  }

  #said() {
    if (this.feed.state !== "live" || !this.feed.status) return STATES[this.feed.state];
    const sick = targets(this.feed.status.health).filter(({ state }) => state === "unhealthy");
    this.section.dataset.health = sick.length ? "sick" : "well";
    return sick.length ? `Alive, but ${sick.length === 1 ? "a target is" : `${sick.length} targets are`} unhealthy` : STATES.live;
  }

  #status(status) {
    this.#state();
    write(this.about, status.description);
    this.health.show(targets(status.health));
    const drawn = JSON.stringify([status.resources, status.outputs, status.calls]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.section.dataset.known = "";
    this.links.replaceChildren(...entrances(status));
    this.resources.show(status.resources);
    this.log.know(status.resources);
    this.tables.know(status.resources);
    this.more.replaceChildren(...details(status));
  }
});

/** The big buttons, and the addresses of WebSockets. */
function entrances(status) {
  const { pages, sockets } = links(status);
  const first = pages.map(({ url, resource }, at) => h("a", { class: at ? "go second" : "go", href: url.href, target: "_blank", rel: "noopener", title: resource?.address ?? null },
    at ? url.hostname.replace(/\.localhost$/, "") : `Open ${status.system}`, h("span", { class: "address" }, url.host)));
  const rest = sockets.map(({ url, resource }) => h("div", { class: "socket", title: resource.address },
    h("span", { class: "what" }, "WebSocket"), copied(url.href, "the WebSocket address")));
  return [h("div", { class: "pages" }, ...first), ...rest];
}
