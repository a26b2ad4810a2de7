// The page: the rooms, the people, the composer. The door is door.js's, the conversation itself is drawn by stream.js.

import { Chat } from "./chat.js";
import { Door } from "./door.js";
import { $, face, h, hue, list } from "./dom.js";
import { memory } from "./memory.js";
import { Stream } from "./stream.js";

const LONGEST = 2000; // characters of a message
const WARNED = 200; // characters left from which they are counted
const TOAST = 6000; // ms

let chat = null;
let stream = null;
let whisperTo = null;
const door = new Door();

function start() {
  $("#room").addEventListener("input", ({ target }) => light(target.value));
  door.addEventListener("enter", ({ detail }) => enter(detail));
  door.open();
  light($("#room").value);
}

function enter({ endpoint, me, room, token }) {
  chat?.end();
  chat = new Chat(endpoint, me, room, token);
  chat.addEventListener("change", render);
  chat.addEventListener("trouble", ({ detail }) => toast(detail.message));
  chat.addEventListener("refused", refused);
  chat.open();
}

function refused() {
  if (document.body.dataset.screen === "house") return location.reload();
  door.refuse();
}

// The house

function render() {
  if (chat.entered && document.body.dataset.screen === "door") moveIn();
  if (!chat.entered) return;
  light(chat.room);
  $("#title").textContent = `# ${chat.room}`;
  $("#count").textContent = counted();
  renderClosed();
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

function counted() {
  if (chat.closed) return "Closed";
  if (chat.loading && !chat.members) return "Opening …";
  return `${chat.members} ${chat.members === 1 ? "person" : "people"} here`;
}

/** A closed room has no light, and nobody says anything in it. */
function renderClosed() {
  document.documentElement.toggleAttribute("data-closed", Boolean(chat.closed));
  $("#closed").hidden = !chat.closed;
  $("#composer").hidden = Boolean(chat.closed);
  $("#close-room").hidden = !chat.me.isModerator || Boolean(chat.closed);
  $("#open-again").hidden = !chat.me.isModerator;
  if (!chat.closed) return;
  const by = chat.closed.userId === chat.me.userId ? "You" : chat.closed.username;
  $("#closed-words").textContent = `${by ? `${by} closed this room.` : "This room is closed."} ${chat.me.isModerator ? "Nobody comes in until you open it again." : "As soon as it is opened again, you are back in it."}`;
}

function moveIn() {
  document.body.dataset.screen = "house";
  $("#door").hidden = true;
  $("#house").hidden = false;
  $("#me").replaceChildren(
    face(chat.me.userId, chat.me.username),
    h("span", { class: "me-name" }, chat.me.username, chat.me.isModerator && h("em", { class: "role" }, "moderator")),
    h("button", { type: "button", class: "quiet", onclick: leave }, "Leave"),
  );
  stream = new Stream({ earlier: () => chat.earlier(), again: (one) => chat.again(one), giveUp: (one) => chat.giveUp(one), whisper });
  if (matchMedia("(hover: hover)").matches) $("#text").focus();
}

async function leave() {
  chat.end();
  await door.close();
  location.reload();
}

function shownRooms() {
  const rooms = chat.rooms.filter((one) => one.roomId !== chat.room);
  const own = { roomId: chat.room, members: chat.members, closed: Boolean(chat.closed) };
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
    button.toggleAttribute("data-closed", Boolean(one.closed));
    button.lastElementChild.textContent = one.closed ? "closed" : one.members || "";
    button.setAttribute("aria-label", one.closed ? `${one.roomId}, closed` : `${one.roomId}, ${one.members} here`);
  }
}

function renderPeople() {
  const others = [...chat.people.values()].filter((one) => one.userId !== chat.me.userId).sort((a, b) => a.username.localeCompare(b.username));
  const all = chat.closed ? [] : [{ ...chat.me, own: true }, ...others];
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
  $("#close-room").addEventListener("click", () => {
    $("#close-title").textContent = `Close #${chat.room}?`;
    $("#closing").showModal();
  });
  $("#closing").addEventListener("close", () => {
    if ($("#closing").returnValue === "close") chat.close();
    $("#closing").returnValue = "";
  });
  $("#open-again").addEventListener("click", () => chat.openAgain());
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
