// What there is to see, worked out from what queue and board said. Pure: no page, no socket, no time.

/** What to say while the service does not answer at all. */
export const UNREACHABLE = said("The board cannot be reached", "It is tried again every few seconds: you need not reload.", "trouble");

/** Everything that the elements draw. `queue` and `board` as those modules keep them. */
export function view(queue, board) {
  const me = queue.me;
  const state = board.state;
  const seated = { X: state?.seats.X ?? null, O: state?.seats.O ?? null };
  const marker = ["X", "O"].find((one) => me && seated[one]?.connectionId === me.connectionId) ?? null;
  const playing = state?.phase === "playing" && marker !== null;
  const shared = { me, state, seated, marker, players: queue.players, total: queue.total };
  return {
    ...shared,
    link: link(queue.status, board.status),
    mayMove: playing && state.turn === marker && board.status === "live",
    place: place(queue, me),
    joining: queue.joining,
    headline: headline(shared),
  };
}

/** How this browser is connected, in one word: live | connecting | waiting. */
export function link(queue, board) {
  if (queue === "live" && board === "live") return "live";
  return queue === "waiting" || board === "waiting" ? "waiting" : "connecting";
}

/** One's place among those who wait, 1 for the next to play; null for players at the board and for onlookers. */
export function place(queue, me) {
  if (!me || me.status !== "inactive" || !queue.players) return null;
  const waiting = queue.players.filter((player) => player.status === "inactive");
  const index = waiting.findIndex((player) => player.connectionId === me.connectionId);
  if (index >= 0) return index + 1;
  return queue.place === null ? null : queue.place - (queue.players.length - waiting.length);
}

/** What is going on: a title, a line of detail, and a tone (idle | mine | theirs | won | lost | even | trouble). */
export function headline({ state, seated, marker, me }) {
  if (!state) return said("Setting the table…", "One moment, the board is on its way.", "idle");
  if (state.trouble) return said("The board lost sight of the line", "It keeps looking. The game goes on as soon as it is back.", "trouble");
  if (state.phase === "empty") return said("The board is free", "Take a name and have the first seat.", "idle");
  if (state.phase === "waiting") return waiting(seated, marker);
  if (state.phase === "playing") return playing(state, seated, marker);
  return over(state.verdict, me);
}

function waiting(seated, marker) {
  if (marker) return said("You are first!", "A challenger is all that is missing: send somebody the link.", "mine");
  const host = seated.X ?? seated.O;
  return said(`${short(host.username)} wants a challenger`, "Join now and the other seat is yours.", "idle");
}

function playing(state, seated, marker) {
  const name = (one) => short(seated[one]?.username);
  const mover = name(state.turn);
  if (marker === state.turn) return said("Your turn", `Put your ${marker} on a free square.`, "mine");
  if (marker) return said(`${mover} is thinking…`, "You are next.", "theirs");
  return said(`${mover} to move`, `${name("X")} against ${name("O")}`, "theirs");
}

function over(verdict, me) {
  if (!verdict) return said("Next game", "The seats are changing.", "idle");
  const name = (id) => short(verdict.names[id]);
  const mine = (id) => me?.connectionId === id;
  if (verdict.outcome === "draw") {
    const who = mine(verdict.leaves) ? "You sat longer, so the next in line takes over." : `${name(verdict.leaves)} sat longer and makes room.`;
    return said("A draw!", who, "even");
  }
  const late = verdict.outcome === "forfeit";
  if (mine(verdict.winner)) return said("You win!", late ? `${name(verdict.loser)} ran out of time. You stay.` : "You stay. Who dares next?", "won");
  if (mine(verdict.loser)) return said(late ? "Time is up" : `${name(verdict.winner)} wins`, "You are back in line for another go.", "lost");
  return said(`${name(verdict.winner)} wins`, late ? `${name(verdict.loser)} ran out of time.` : `${name(verdict.loser)} goes to the end of the line.`, "even");
}

function said(title, detail, tone) {
  return { title, detail, tone };
}

/** A name as it fits into a headline. */
export function short(name = "Somebody") {
  const letters = [...name];
  return letters.length > 14 ? `${letters.slice(0, 13).join("")}…` : name;
}

/** 1 → "1st". */
export function ordinal(number) {
  const tens = number % 100;
  const ending = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${ending}`;
}

/** Why a move or a name was refused, for the toast. */
export function excuse({ code, message }) {
  const friendly = {
    turn: "Not your turn yet",
    taken: "That square is taken",
    seat: "Only the two at the board can play",
    name: "A name needs at least one letter",
  };
  return friendly[code] ?? message ?? "That did not work";
}
