// The page: connects the queue, the board and what is drawn of them.

import { Board } from "./board.js";
import { Queue } from "./queue.js";
import { allowSound, confetti, play } from "./party.js";
import { excuse, UNREACHABLE, view } from "./view.js";
import "./elements/board.js";
import "./elements/line.js";
import "./elements/status.js";
import "./elements/versus.js";
import "./elements/you.js";

const $ = (selector) => document.querySelector(selector);
const PATIENCE = 5000; // ms until a move without an answer is taken back
const RETRY = 3000; // ms until the address of the queue is asked for again

const memory = {
  get: (key) => { try { return localStorage.getItem(`ttt-${key}`); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(`ttt-${key}`, value); } catch { /* private windows may refuse: the name is not kept, that is all */ } },
};

// What is known before anything answered.
const NOTHING = { queue: { status: "connecting", me: null, players: null, total: 0, place: null, joining: false }, board: { status: "connecting", state: null } };

async function start() {
  render(view(NOTHING.queue, NOTHING.board), null);
  const board = new Board(socketUrl("board"));
  const queue = new Queue(await queueUrl());
  wire(queue, board);
  board.open();
  queue.open();
}

/** The service's own socket, beside the page wherever that is served. */
function socketUrl(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** Ask for the address of the queue until there is one. */
async function queueUrl() {
  for (;;) {
    try {
      const answer = await fetch("config.json", { cache: "no-store" });
      if (answer.ok) return (await answer.json()).queueUrl;
    } catch { /* no connection: the page says so, and it is tried again */ }
    render({ ...view(NOTHING.queue, NOTHING.board), link: "failed", headline: UNREACHABLE }, null);
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

function wire(queue, board) {
  const you = $("ttt-you");
  const grid = $("ttt-board");
  const toasts = $("ttt-toasts");
  const draw = drawing(queue, board);

  for (const event of ["info", "update", "status"]) queue.addEventListener(event, draw);
  for (const event of ["state", "status"]) board.addEventListener(event, draw);
  queue.addEventListener("info", ({ detail }) => board.identify(detail));
  queue.addEventListener("update", () => seatsDiffer(queue, board) && board.look());
  queue.addEventListener("back", () => toasts.say("You are back. A lost connection gives up its place."));
  queue.addEventListener("refused", ({ detail }) => toasts.say(excuse(detail), "bad"));
  board.addEventListener("result", ({ detail }) => queue.deliver(detail));
  board.addEventListener("refused", ({ detail }) => {
    grid.takeBack();
    toasts.say(excuse(detail), "bad");
  });

  you.suggestion = memory.get("name") ?? "";
  you.addEventListener("join", ({ detail }) => { memory.set("name", detail); queue.join(detail); draw(); });
  you.addEventListener("rename", ({ detail }) => { memory.set("name", detail); queue.rename(detail); });
  you.addEventListener("leave", () => { queue.leave(); draw(); });
  you.addEventListener("share", async () => toasts.say(await copied(location.href) ? "Link copied" : location.href));
  grid.addEventListener("play", ({ detail }) => {
    if (!board.move(detail)) grid.takeBack();
    else setTimeout(() => grid.takeBack(detail), PATIENCE);
  });
  draw();
}

/** Draw everything; `until` is when the mover forfeits. */
function render(now, until) {
  for (const name of ["ttt-link", "ttt-status", "ttt-versus", "ttt-you", "ttt-line", "ttt-board"]) $(name).render(now, until);
  document.documentElement.dataset.link = now.link;
  document.title = now.mayMove ? "● Your turn – Tic Tac Toe" : "Tic Tac Toe – winner stays";
}

/** A function that draws everything as it is now, and celebrates what is new. */
function drawing(queue, board) {
  let before = null;
  return () => {
    const now = view(queue, board);
    render(now, board.until);
    if (before) celebrate(before, now);
    before = now;
  };
}

function celebrate(before, now) {
  const ended = now.state?.phase === "over" && before.state?.phase === "playing";
  const moved = (state) => state?.cells.filter(Boolean).length ?? 0;
  if (ended) {
    const { tone } = now.headline;
    play(tone === "won" ? "won" : tone === "lost" ? "lost" : "even");
    if (tone === "won") confetti();
  } else if (now.mayMove && !before.mayMove) play("turn");
  else if (moved(now.state) > moved(before.state)) play("move");
}

/** Whether the queue knows of a change at the board that the board has not seen yet. */
function seatsDiffer(queue, board) {
  const seats = ["X", "O"].map((marker) => board.state?.seats[marker]?.connectionId ?? null);
  const active = ["X", "O"].map((marker) => queue.players.find((player) => player.marker === marker)?.connectionId ?? null);
  return seats.join() !== active.join();
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function switches() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = memory.get("theme");
  if (chosen) root.dataset.theme = chosen;
  $("#theme").addEventListener("click", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
    root.dataset.theme = isDark ? "light" : "dark";
    memory.set("theme", root.dataset.theme);
  });
  $("#sound").addEventListener("click", ({ currentTarget }) => {
    const on = currentTarget.getAttribute("aria-pressed") !== "true";
    currentTarget.setAttribute("aria-pressed", String(on));
    allowSound(on);
    play("turn");
  });
}

switches();
start();
