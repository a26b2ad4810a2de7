// The page: one section for each system behind this port, for as long as the page is open.

import { h, say, write } from "./dom.js";
import { Edge } from "./edge.js";
import { Feed } from "./feed.js";
import "./elements/system.js";

const $ = (id) => document.getElementById(id);
const sections = new Map(); // by the system's name: { feed, chip }

function start() {
  const edge = new Edge();
  edge.addEventListener("systems", ({ detail }) => show(detail));
  edge.start();
}

/** Systems that ended keep their section: what they said last is what one wants to read. */
function show(systems) {
  const up = systems ?? [];
  for (const name of up) if (!sections.has(name)) add(name);
  for (const [name, { feed }] of sections) feed.present(up.includes(name));
  $("nobody").hidden = up.length > 0 || sections.size > 0;
  write($("here"), systems === null ? `Nothing answers at ${location.host}; looking again` : here(up));
  $("here").classList.toggle("gone", systems === null);
  document.title = up.length === 1 ? `${up[0]} · Terrarium` : up.length ? `${up.length} systems · Terrarium` : "Terrarium";
}

function here(up) {
  return `${up.length} ${up.length === 1 ? "system" : "systems"} up at ${location.host}`;
}

function add(name) {
  const feed = new Feed(name);
  const chip = h("a", { href: `#system-${name}`, class: "chip", "data-state": feed.state }, h("span", { class: "dot" }), name);
  feed.addEventListener("state", ({ detail }) => {
    chip.dataset.state = detail;
    say(detail === "live" ? `${name} is up` : detail === "ended" ? `${name} ended` : "");
  });
  sections.set(name, { feed, chip });
  $("nav").append(chip);
  const section = document.createElement("t-system");
  section.feed = feed;
  $("systems").append(section);
}

start();
