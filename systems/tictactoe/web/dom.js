// Building pages from text that players chose: text stays text, whatever is in it.

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

/** X or O as two strokes or a ring that draw themselves. */
export function mark(marker, name = "mark") {
  const shape = marker === "X"
    ? [s("path", { d: "M22 22 78 78", pathLength: 1 }), s("path", { d: "M78 22 22 78", pathLength: 1 })]
    : [s("path", { d: "M50 18a32 32 0 1 1-.01 0", pathLength: 1 })];
  return s("svg", { viewBox: "0 0 100 100", class: `${name} ${name}-${marker.toLowerCase()}`, "aria-hidden": "true" }, ...shape);
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");
