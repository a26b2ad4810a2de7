// A small creature for everybody, grown from the id, so that two Anns can be told apart.

import { s } from "./dom.js";

const BODIES = [
  "M8 34V21a12 12 0 0 1 24 0v13l-4-3-4 3-4-3-4 3-4-3z",
  "M7 33c-2-13 3-25 13-25s15 12 13 25c-4 3-22 3-26 0z",
  "M9 12q11-9 22 0 5 11 0 22-11 4-22 0-5-11 0-22z",
  "M20 6l5 6 8 1-2 8 3 8-8 2-6 5-6-5-8-2 3-8-2-8 8-1z",
];
const MOUTHS = ["M15 27q5 4 10 0", "M16 27h8", "M16 26q4 6 8 0z", "M17 27a3 2.5 0 1 0 6 0 3 2.5 0 1 0-6 0"];
const EYES = [[20], [15.5, 24.5], [13.5, 20, 26.5]];

/** The creature of an id, as an SVG. */
export function avatar(id) {
  const seed = hash(id);
  const pick = (list, shift) => list[(seed >>> shift) % list.length];
  const hue = seed % 360;
  const eyes = pick(EYES, 5);
  const size = eyes.length === 1 ? 5 : 3.3;
  const top = s("path", { d: "M14 10 11 4M26 10l3-6", class: "horns", stroke: `hsl(${hue} 65% 42%)` });
  return s(
    "svg", { viewBox: "0 0 40 40", class: "avatar", "aria-hidden": "true" },
    ...((seed >>> 13) % 3 ? [] : [top]),
    s("path", { d: pick(BODIES, 9), fill: `hsl(${hue} 78% 64%)` }),
    ...eyes.flatMap((x) => [
      s("circle", { cx: x, cy: 19, r: size, fill: "#fff" }),
      s("circle", { cx: x + 0.6, cy: 19.5, r: size * 0.5, fill: "#241c3b" }),
    ]),
    s("path", { d: pick(MOUTHS, 17), class: "mouth" }),
  );
}

function hash(text) {
  let value = 2166136261;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 16777619);
  value = Math.imul(value ^ (value >>> 15), 2246822519);
  return (value ^ (value >>> 13)) >>> 0;
}
