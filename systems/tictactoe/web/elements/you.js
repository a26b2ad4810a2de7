// <ttt-you>: take a name and join; afterwards where one stands, another name, the way out.

import { h } from "../dom.js";
import { ordinal } from "../view.js";

class YouElement extends HTMLElement {
  #name = h("input", {
    id: "name", name: "name", type: "text", maxlength: 24, required: true, autocomplete: "nickname", spellcheck: "false",
    enterkeyhint: "go", placeholder: "Your name", "aria-describedby": "join-hint",
  });
  #join = h("button", { class: "button primary", type: "submit" }, "Join the line");
  #form = h("form", { class: "join" }, h("label", { for: "name" }, "What do they call you?"), h("div", { class: "field" }, this.#name, this.#join),
    h("p", { class: "hint", id: "join-hint" }));
  #hint = this.#form.querySelector(".hint");
  #title = h("strong", { class: "where" });
  #detail = h("p", { class: "detail" });
  #place = h("span", { class: "big", "aria-hidden": "true" });
  #share = h("button", { class: "button share", type: "button", onclick: () => this.#tell("share") }, "Copy the link");
  #rename = h("button", { class: "button quiet", type: "button", onclick: () => this.#edit(true) }, "Rename");
  #leave = h("button", { class: "button quiet", type: "button", onclick: () => this.#tell("leave") }, "Leave");
  #panel = h("div", { class: "standing", hidden: true }, this.#place, h("div", {}, this.#title, this.#detail), h("div", { class: "actions" }, this.#share, this.#rename, this.#leave));
  #editing = false;
  #view = null;

  connectedCallback() {
    this.classList.add("card");
    this.append(this.#form, this.#panel);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#name.addEventListener("keydown", (event) => event.key === "Escape" && this.#editing && this.#edit(false));
  }

  /** The name from last time. */
  set suggestion(name) {
    if (!this.#name.value) this.#name.value = name;
  }

  render(view) {
    this.#view = view;
    const inside = Boolean(view.me?.status) || view.joining;
    if (!inside) this.#editing = false;
    this.#form.hidden = inside && !this.#editing;
    this.#panel.hidden = !inside;
    const live = view.link === "live";
    this.#join.disabled = !live;
    this.#join.textContent = this.#editing ? "Save" : "Join the line";
    this.#hint.textContent = live ? hint(view) : view.link === "connecting" ? "Connecting…" : "Waiting for the connection…";
    this.#hint.hidden = this.#editing;
    this.#stand(view);
  }

  #stand({ marker, place, me, state, link }) {
    const waiting = !marker && place;
    this.#panel.dataset.marker = marker ?? "";
    this.#place.textContent = marker ?? (waiting ? place : "…");
    this.#title.textContent = link !== "live" ? "Connecting…" : marker ? `You play ${marker}` : waiting ? standing(place) : "Finding your place…";
    this.#detail.textContent = me?.username ? `as ${me.username}` : "";
    this.#share.hidden = state?.phase !== "waiting";
  }

  #submit() {
    const name = this.#name.value.trim();
    if (!name) return this.#name.focus();
    this.#tell(this.#editing ? "rename" : "join", name);
    this.#edit(false);
  }

  #edit(on) {
    this.#editing = on;
    if (on) this.#name.value = this.#view?.me?.username ?? this.#name.value;
    if (this.#view) this.render(this.#view);
    if (on) this.#name.select();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

function hint({ seated, total }) {
  if (!seated.X || !seated.O) return "A seat is free: you play at once.";
  const ahead = Math.max(0, total - 2);
  return ahead === 0 ? "Two are playing. You would be next." : `Two are playing, ${ahead} in line before you.`;
}

function standing(place) {
  return place === 1 ? "You are next!" : `You are ${ordinal(place)} in line`;
}

customElements.define("ttt-you", YouElement);
