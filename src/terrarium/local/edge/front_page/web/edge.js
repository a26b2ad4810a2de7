// Which systems are behind this port, asked again and again. It knows nothing of what is in them.

const PAUSE = 2000; // ms

/** Events: `systems` (detail: their names; null while nothing answers). */
export class Edge extends EventTarget {
  #timer = 0;

  start() {
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.look());
    return this.look();
  }

  /** Ask now. */
  async look() {
    clearTimeout(this.#timer);
    this.#tell(await names());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), PAUSE);
  }

  #tell(systems) {
    this.dispatchEvent(new CustomEvent("systems", { detail: systems }));
  }
}

async function names() {
  try {
    const answer = await fetch("/_terrarium/edge", { cache: "no-store", signal: AbortSignal.timeout(PAUSE * 2) });
    return answer.ok ? (await answer.json()).systems : null;
  } catch {
    return null; // nothing answers: the page says so, and it is asked again
  }
}
