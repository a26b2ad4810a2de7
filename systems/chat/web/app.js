// The page: the door, the rooms, the people, the composer; the conversation itself is drawn by stream.js.

import { Chat } from "./chat.js";
import { $, face, h, hue, list } from "./dom.js";
import { Stream } from "./stream.js";

const RETRY = 3000; // ms until the address of the chat is asked for again
const LONGEST = 2000; // characters of a message
const WARNED = 200; // characters left from which they are counted
const TOAST = 6000; // ms

const memory = {
  get: (key) => { try { return localStorage.getItem(`chat-${key}`); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(`chat-${key}`, value); } catch { /* private windows may refuse: nothing is kept, that is all */ } },
};

let chat = null;
let stream = null;
let whisperTo = null;

// The door

async function configured() {
  for (;;) {
    try {
      const answer = await fetch("config.json", { cache: "no-store" });
      if (answer.ok) return (await answer.json()).outputs;
    } catch { /* no connection: the door says so, and it is tried again */ }
    trouble("The chat cannot be reached. Trying again …");
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

async function start() {
  const isKnown = memory.get("name");
  $("#name").value = isKnown ?? "";
  $("#room").value = location.hash.slice(1) || memory.get("room") || "general";
  light($("#room").value);
  $("#room").addEventListener("input", ({ target }) => light(target.value));
  $("#name").focus();
  $("#go").disabled = true;
  const outputs = await configured();
  trouble("");
  $("#go").disabled = false;
  $("#token").value = new URL(outputs.test_connection_url).searchParams.get("token") ?? "";
  $("#enter").addEventListener("submit", (event) => {
    event.preventDefault();
    enter(outputs.websocket_api_endpoint);
  });
}

function enter(endpoint) {
  const username = $("#name").value.trim();
  if (!username) return $("#name").focus();
  const room = $("#room").value.trim().toLowerCase();
  memory.set("name", username);
  trouble("");
  $("#go").disabled = true;
  $("#go").textContent = "Knocking …";
  chat?.end();
  chat = new Chat(endpoint, { userId: identity(username), username }, room, $("#token").value);
  chat.addEventListener("change", render);
  chat.addEventListener("trouble", ({ detail }) => toast(detail.message));
  chat.addEventListener("refused", refused);
  chat.open();
}

/** Who one is: kept for the name, so that a page that is loaded again is the same person. */
function identity(username) {
  const known = memory.get("identity")?.split(" ");
  if (known?.[1] === encodeURIComponent(username)) return known[0];
  const word = username.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "").slice(0, 24) || "guest";
  const user = `${word}-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}`;
  memory.set("identity", `${user} ${encodeURIComponent(username)}`);
  return user;
}

/** A browser does not learn why a handshake failed; that the page itself was served narrows it down. */
function refused() {
  $("#go").disabled = false;
  $("#go").textContent = "Enter";
  trouble("You were not let in. The token may not be valid here, or the room's name is not allowed.");
  $("#token").select();
}

function trouble(text) {
  $("#trouble").hidden = !text;
  $("#trouble").textContent = text;
}

// The house

function render() {
  if (chat.entered && document.body.dataset.screen === "door") moveIn();
  if (!chat.entered) return;
  light(chat.room);
  $("#title").textContent = `# ${chat.room}`;
  $("#count").textContent = chat.loading && !chat.members ? "Opening …" : `${chat.members} ${chat.members === 1 ? "person" : "people"} here`;
  const link = { live: "Live", connecting: "Connecting …", waiting: "Reconnecting …", closed: "Closed" }[chat.status];
  $("#link").textContent = link;
  $("#link").dataset.status = chat.status;
  stream.render(chat);
  renderRooms();
  renderPeople();
  $("#typing").textContent = typing(chat.typing);
  if (location.hash.slice(1) !== chat.room) history.replaceState(null, "", `#${chat.room}`);
  memory.set("room", chat.room);
  $("#text").placeholder = whisperTo ? `Whisper to ${whisperTo.username}` : `Say something in #${chat.room}`;
  count();
}

function moveIn() {
  document.body.dataset.screen = "house";
  $("#door").hidden = true;
  $("#house").hidden = false;
  $("#me").replaceChildren(face(chat.me.userId, chat.me.username), h("span", { class: "me-name" }, chat.me.username), h("button", { type: "button", class: "quiet", onclick: leave }, "Leave"));
  stream = new Stream({ earlier: () => chat.earlier(), again: (one) => chat.again(one), giveUp: (one) => chat.giveUp(one), whisper });
  if (matchMedia("(hover: hover)").matches) $("#text").focus();
}

function leave() {
  chat.end();
  location.reload();
}

function shownRooms() {
  const rooms = chat.rooms.filter((one) => one.roomId !== chat.room);
  const own = { roomId: chat.room, members: chat.members };
  return [own, ...rooms].sort((a, b) => a.roomId.localeCompare(b.roomId));
}

function renderRooms() {
  const rooms = shownRooms();
  list($("#rooms"), rooms, (one) => one.roomId, (one) => {
    const button = h("button", { type: "button", onclick: () => { chat.join(one.roomId); shut(); } }, h("i", { "aria-hidden": "true" }), h("span", {}, one.roomId), h("b", {}));
    button.style.setProperty("--hue", hue(one.roomId));
    return h("li", {}, button);
  });
  for (const [index, one] of rooms.entries()) {
    const button = $("#rooms").children[index].firstElementChild;
    button.toggleAttribute("aria-current", one.roomId === chat.room);
    button.lastElementChild.textContent = one.members || "";
    button.setAttribute("aria-label", `${one.roomId}, ${one.members} here`);
  }
}

function renderPeople() {
  const others = [...chat.people.values()].filter((one) => one.userId !== chat.me.userId).sort((a, b) => a.username.localeCompare(b.username));
  const all = [{ ...chat.me, own: true }, ...others];
  list($("#people"), all, (one) => one.userId + one.username, (one) => {
    const inside = [face(one.userId, one.username), h("span", {}, one.username)];
    if (one.own) return h("li", {}, h("div", { class: "person" }, ...inside, h("em", {}, "you")));
    return h("li", {}, h("button", { type: "button", class: "person", title: `Whisper to ${one.username}`, onclick: () => { whisper(one); shut(); } }, ...inside));
  });
}

function typing(names) {
  if (!names.length) return "";
  if (names.length > 3) return "Several people are typing";
  const all = new Intl.ListFormat("en").format(names);
  return `${all} ${names.length === 1 ? "is" : "are"} typing`;
}

/** Every room has its own light. */
function light(room) {
  document.documentElement.style.setProperty("--hue", hue(room.trim().toLowerCase()));
}

// The composer

function whisper(person) {
  whisperTo = person;
  $("#whispering").hidden = !person;
  $("#composer").classList.toggle("whispers", Boolean(person));
  if (person) $("#whispering span").textContent = `Only ${person.username} and you will see this`;
  render();
  $("#text").focus();
}

function say() {
  const text = $("#text").value.trim();
  if (!text || text.length > LONGEST) return;
  chat.tellTyping(false);
  chat.say(text, whisperTo);
  $("#text").value = "";
  count();
}

function count() {
  const left = LONGEST - $("#text").value.length;
  $("#left").hidden = left > WARNED;
  $("#left").textContent = left;
  $("#left").classList.toggle("over", left < 0);
  $(".send").disabled = left < 0 || !$("#text").value.trim();
}

function wire() {
  $("#composer").addEventListener("submit", (event) => { event.preventDefault(); say(); });
  $("#text").addEventListener("input", ({ target }) => { if (!whisperTo) chat.tellTyping(Boolean(target.value.trim())); count(); });
  $("#text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); say(); }
  });
  $("#whispering button").addEventListener("click", () => whisper(null));
  $("#open-room").addEventListener("submit", (event) => {
    event.preventDefault();
    const room = $("#new-room").value.trim().toLowerCase().replace(/\s+/g, "-");
    if (room) chat.join(room);
    $("#new-room").value = "";
    shut();
  });
  for (const name of ["rooms", "people"]) $(`#show-${name}`).addEventListener("click", () => show(name));
  for (const button of document.querySelectorAll(".shut")) button.addEventListener("click", shut);
  $("#veil").addEventListener("click", shut);
  $(".theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    memory.set("theme", root.dataset.theme);
  });
  addEventListener("keydown", keys);
  addEventListener("hashchange", () => chat?.entered && location.hash.length > 1 && chat.join(location.hash.slice(1)));
  const theme = memory.get("theme");
  if (theme) document.documentElement.dataset.theme = theme;
}

function keys(event) {
  if (!chat?.entered) return;
  if (event.key === "Escape") {
    if (document.body.dataset.open) shut();
    else if (whisperTo) whisper(null);
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const rooms = shownRooms();
    const at = rooms.findIndex((one) => one.roomId === chat.room);
    const next = rooms[(at + (event.key === "ArrowUp" ? -1 : 1) + rooms.length) % rooms.length];
    if (next) chat.join(next.roomId);
  }
}

function show(name) {
  document.body.dataset.open = name;
  $("#veil").hidden = false;
  $(`#show-${name}`).setAttribute("aria-expanded", "true");
  $(`#${name}-panel .shut`).focus();
}

function shut() {
  const name = document.body.dataset.open;
  if (!name) return;
  delete document.body.dataset.open;
  $("#veil").hidden = true;
  $(`#show-${name}`).setAttribute("aria-expanded", "false");
  $(`#show-${name}`).focus();
}

function toast(text) {
  const one = h("p", { class: "toast" }, text);
  $("#toasts").append(one);
  setTimeout(() => one.remove(), TOAST);
}

wire();
start();
