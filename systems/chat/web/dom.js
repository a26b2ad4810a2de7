// Building the page from text that people chose: text stays text, whatever is in it.

/** An element with attributes and children; strings become text, never markup. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Make a list show these items, keeping the elements of those that stay, so that nothing is announced twice. */
export function list(parent, items, key, make) {
  const old = (parent.kept ??= new Map());
  const kept = new Map();
  let next = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const element = old.get(id) ?? make(item);
    kept.set(id, element);
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  for (const [id, element] of old) if (!kept.has(id)) element.remove();
  parent.kept = kept;
}

/** The hue of a name: always the same, and well apart for most. */
export function hue(name) {
  let number = 2166136261;
  for (const letter of name) number = Math.imul(number ^ letter.codePointAt(0), 16777619);
  return ((number >>> 0) + 207) % 360; // so that the first room, general, is the colour of a fire
}

/** A round sign for a person: their letter, in their colour. */
export function face(user, name) {
  const element = h("span", { class: "face", "aria-hidden": "true" }, [...name.trim()][0]?.toUpperCase() ?? "?");
  element.style.setProperty("--face", hue(user));
  return element;
}

export const $ = (selector) => document.querySelector(selector);
