// Building pages from text that systems wrote: text stays text, whatever is in it.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; strings become text, never markup. */
export function h(name, attributes = {}, ...children) {
  return build(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function s(name, attributes = {}, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children);
}

function build(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Says something to those who listen to the page rather than look at it. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** Writes a text only where it is another one, so that what is selected stays selected. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");
