// A button that copies a text, and says that it did.

import { h, s, say } from "../dom.js";

const SHOWN = 1600; // ms

/** A button that copies what `text()` says; `what` names it for those who do not see it. */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "copy", "aria-label": `Copy ${what}`, title: `Copy ${what}` }, icon());
  button.addEventListener("click", async () => {
    const copied = await put(text());
    button.dataset.done = copied ? "yes" : "no";
    say(copied ? `Copied ${what}` : "The browser refused to copy");
    setTimeout(() => delete button.dataset.done, SHOWN);
  });
  return button;
}

async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or no clipboard: the text can still be selected
  }
}

function icon() {
  return s("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
    s("rect", { class: "sheet", x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.8 }),
    s("path", { class: "sheet", d: "M10.500 3.500v-.2A1.300 1.300 0 0 0 9.200 2H3.800a1.300 1.300 0 0 0-1.300 1.300v5.400A1.300 1.300 0 0 0 3.800 10h.2" }),
    s("path", { class: "tick", d: "M3 8.500l3.200 3.200L13 5" }));
}

/** A text that people copy, with its button. */
export function copied(text, what) {
  return h("span", { class: "copied" }, h("code", { tabindex: 0, class: "value" }, text), copyButton(() => text, what));
}
