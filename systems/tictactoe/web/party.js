// What makes it a game: confetti for whoever won, and small sounds for whoever wants them.

import { calm, h } from "./dom.js";

const COLOURS = ["#ff6b6b", "#ffd166", "#5b8cff", "#3ddc97", "#b48cff"];
const NOTES = { move: [[440, 0]], answer: [[330, 0]], turn: [[523, 0], [659, 0.09]], won: [[523, 0], [659, 0.11], [784, 0.22], [1047, 0.33]], lost: [[392, 0], [330, 0.16]], even: [[440, 0], [440, 0.14]] };

/** Throw confetti over the page for two seconds, unless motion is unwelcome. */
export function confetti() {
  if (calm.matches) return;
  const canvas = h("canvas", { class: "confetti", width: innerWidth, height: innerHeight, "aria-hidden": "true" });
  document.body.append(canvas);
  const pen = canvas.getContext("2d");
  const pieces = Array.from({ length: 140 }, (_, number) => ({
    x: innerWidth * (number % 2 ? 0.1 : 0.9), y: innerHeight * 0.75,
    vx: (number % 2 ? 1 : -1) * (2 + Math.random() * 11) * Math.min(1, innerWidth / 900), vy: -8 - Math.random() * 14,
    size: 5 + Math.random() * 7, spin: Math.random() * 6, colour: COLOURS[number % COLOURS.length], round: Math.random() < 0.4,
  }));
  const start = performance.now();
  let last = start;
  const frame = (now) => {
    const step = Math.min(3, (now - last) / 16.7);
    last = now;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.globalAlpha = Math.max(0, Math.min(1, (2600 - (now - start)) / 600));
    for (const piece of pieces) fall(pen, piece, step);
    if (now - start < 2600) requestAnimationFrame(frame);
    else canvas.remove();
  };
  requestAnimationFrame(frame);
}

function fall(pen, piece, step) {
  piece.vy += 0.42 * step;
  piece.vx *= 0.985 ** step;
  piece.x += piece.vx * step;
  piece.y += piece.vy * step;
  piece.spin += 0.12 * step;
  pen.save();
  pen.translate(piece.x, piece.y);
  pen.rotate(piece.spin);
  pen.fillStyle = piece.colour;
  pen.beginPath();
  if (piece.round) pen.arc(0, 0, piece.size / 2, 0, 7);
  else pen.rect(-piece.size / 2, -piece.size / 4, piece.size, piece.size / 2);
  pen.fill();
  pen.restore();
}

let audio = null;

/** Allow sounds; browsers want this to follow a click. */
export function allowSound(on) {
  if (on) audio = audio ?? new AudioContext();
  else {
    audio?.close();
    audio = null;
  }
}

/** Play one of the small tunes, if sounds are allowed. */
export function play(tune) {
  if (!audio) return;
  for (const [pitch, delay] of NOTES[tune]) note(pitch, audio.currentTime + delay);
}

function note(pitch, at) {
  const tone = new OscillatorNode(audio, { type: "triangle", frequency: pitch });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.16, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.26);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.3);
}
