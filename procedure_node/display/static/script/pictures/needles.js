// Draws the needles and probes of a section: two thin lines along the shaft, its tip, and its name.

import { colour } from "../dom.js";

/** From this probability on a needle is drawn and named as the probe that it may be. */
const PROBE_FROM = 0.5;

const DOUBT_FROM = 0.1;

/** Half of what is left free between the lines, in rem: the shaft itself stays to be seen. */
const BESIDE = 0.32;

function words(needle) {
  const isUnsure = needle.probe > DOUBT_FROM && needle.probe < 1 - DOUBT_FROM;
  return ` ${needle.name}${needle.probe > PROBE_FROM ? " probe" : ""}${isUnsure ? "?" : ""} `;
}

/** Unit vectors along the drawn part and across it; null where it is seen end-on. */
function ways(at, [x0, y0, x1, y1]) {
  const along = [at.x(x1) - at.x(x0), at.y(y1) - at.y(y0)];
  const length = Math.hypot(...along);
  return length < 1 ? null : { along: along.map((part) => part / length), length };
}

function stroke(ctx, width) {
  for (const [style, factor] of [
    ["rgb(0 0 0 / 0.75)", 2],
    [colour("needle"), 1],
  ]) {
    ctx.strokeStyle = style;
    ctx.lineWidth = factor * width;
    ctx.stroke();
  }
}

function shaft(ctx, at, needle, unit) {
  const way = ways(at, needle.line);
  const [x0, y0, x1, y1] = needle.line;
  ctx.beginPath();
  if (way === null || way.length < 2 * unit) {
    const middle = [at.x((x0 + x1) / 2), at.y((y0 + y1) / 2)];
    ctx.arc(...middle, 0.75 * unit, 0, 2 * Math.PI);
    stroke(ctx, 0.1 * unit);
    return;
  }
  const [right, down] = [-way.along[1] * BESIDE * unit, way.along[0] * BESIDE * unit];
  for (const side of [-1, 1]) {
    ctx.moveTo(at.x(x0) + side * right, at.y(y0) + side * down);
    ctx.lineTo(at.x(x1) + side * right, at.y(y1) + side * down);
  }
  if (needle.tip) {
    ctx.moveTo(at.x(x1) - right, at.y(y1) - down);
    ctx.lineTo(at.x(x1) + 0.9 * unit * way.along[0], at.y(y1) + 0.9 * unit * way.along[1]);
    ctx.lineTo(at.x(x1) + right, at.y(y1) + down);
  }
  stroke(ctx, 0.1 * unit);
}

/** Draw the needles; the shafts themselves stay visible between their lines. */
export function drawNeedles(ctx, at, section, unit) {
  ctx.lineCap = "round";
  for (const needle of section.needles) shaft(ctx, at, needle, unit);
  ctx.lineCap = "butt";
}

/** Write each needle's name beside the end where it goes out of the picture's slab. */
export function writeNeedles(at, section, labels) {
  const beside = [
    [0.7, -1.1],
    [-0.7, -1.1],
    [0.7, 1.1],
    [-0.7, 1.1],
  ];
  for (const needle of section.needles) {
    const [x0, y0] = needle.line;
    labels.write(words(needle), at.x(x0), at.y(y0), colour("needle"), beside);
  }
}

/** The needles of a scan in a line or two for its corner: [words, colour] each. */
export function needleLines(seeds) {
  if (!seeds) return [];
  const seen = [
    [seeds.needles, "needle"],
    [seeds.probes, "probe"],
  ].filter(([count]) => count);
  const lines = [];
  if (seen.length) lines.push([seen.map(([n, word]) => `${n} ${word}${n > 1 ? "s" : ""}`).join(", "), colour("needle")]);
  if (seeds.withdrawn.length) lines.push([`withdrawn: ${seeds.withdrawn.join(", ")}`, colour("needle")]);
  if (seeds.hidden.length) lines.push([`not seen: ${seeds.hidden.join(", ")}`, colour("dim")]);
  return lines;
}
