// Draws the seeds of a section: plain where all is well, marked where a person should look.

import { colour } from "../dom.js";

/** A find farther than this from the plane is drawn fainter. */
const NEAR_MM = 1.5;

const INSTEAD_FROM = 0.1;

/** How a seed is drawn: its colour, and whether a ring draws the eye to it. */
function look(seed) {
  if (seed.state === "MIGRATED") return { style: colour("medium"), ring: true };
  if (seed.doubtful) return { style: colour("unsure"), ring: false, dashed: true };
  return { style: colour("seed"), ring: false };
}

/** What is written beside a seed that is not simply there again; empty for all others. */
export function seedWords(seed) {
  const words = [];
  if (seed.state === "MIGRATED") words.push("migrated");
  else if (seed.state === "NEW") words.push("new");
  if (seed.origin === "ADDED") words.push("added by hand");
  if (seed.origin === "MOVED") words.push("moved by hand");
  if (seed.doubtful) {
    const other = seed.instead.find((one) => one.probability >= INSTEAD_FROM);
    words.push(`${Math.round(100 * seed.confidence)} %${other ? `, or ${other.kind.toLowerCase().replaceAll("_", " ")}` : ""}?`);
  }
  return words.join(", ");
}

function middle(at, line) {
  return [at.x((line[0] + line[2]) / 2), at.y((line[1] + line[3]) / 2)];
}

function capsule(ctx, at, seed, unit) {
  const [x0, y0, x1, y1] = seed.line;
  const { style, ring, dashed } = look(seed);
  ctx.globalAlpha = Math.abs(seed.offset_mm) > NEAR_MM ? 0.65 : 1;
  ctx.beginPath();
  ctx.moveTo(at.x(x0), at.y(y0));
  ctx.lineTo(at.x(x1) + 0.01, at.y(y1));
  ctx.strokeStyle = seed.origin === "FOUND" ? "#000" : "#fff";
  ctx.lineWidth = (seed.origin === "FOUND" ? 0.42 : 0.5) * unit;
  ctx.stroke();
  ctx.strokeStyle = style;
  ctx.lineWidth = 0.24 * unit;
  ctx.stroke();
  ctx.globalAlpha = 1;
  if (x0 === x1 && y0 === y1) circle(ctx, middle(at, seed.line), 0.45 * unit, style, unit, false);
  if (ring || dashed) circle(ctx, middle(at, seed.line), 1.15 * unit, style, unit, Boolean(dashed));
}

function circle(ctx, [x, y], radius, style, unit, dashed) {
  ctx.lineCap = "butt";
  for (const [line, width] of [
    ["rgb(0 0 0 / 0.75)", 0.34],
    [style, 0.18],
  ]) {
    ctx.setLineDash(dashed ? [0.4 * unit, 0.3 * unit] : []);
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.strokeStyle = line;
    ctx.lineWidth = width * unit;
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.lineCap = "round";
}

function cross(ctx, [x, y], style, unit) {
  const arm = 0.5 * unit;
  for (const [line, width] of [
    ["#000", 0.36],
    [style, 0.18],
  ]) {
    ctx.beginPath();
    ctx.moveTo(x - arm, y - arm);
    ctx.lineTo(x + arm, y + arm);
    ctx.moveTo(x - arm, y + arm);
    ctx.lineTo(x + arm, y - arm);
    ctx.strokeStyle = line;
    ctx.lineWidth = width * unit;
    ctx.stroke();
  }
}

/** Draw the seeds; `edit` is what the edit mode has chosen, null outside of it. */
export function drawSeeds(ctx, at, section, unit, edit) {
  ctx.lineCap = "round";
  for (const gone of section.left_out) cross(ctx, middle(at, gone.line), colour("dim"), unit);
  for (const seed of section.seeds) capsule(ctx, at, seed, unit);
  for (const gone of section.unseen) {
    const style = colour(gone.state === "LOST" ? "medium" : "dim");
    circle(ctx, middle(at, gone.line), 0.9 * unit, style, unit, true);
  }
  if (edit) drawEdit(ctx, at, section, unit, edit);
  ctx.lineCap = "butt";
}

function drawEdit(ctx, at, section, unit, edit) {
  const chosen = section.seeds.find((seed) => seed.seed === edit.seed && edit.seed !== null);
  if (chosen) circle(ctx, middle(at, chosen.line), 1.5 * unit, "#fff", unit, false);
  if (edit.plane !== section.plane || !edit.ends) return;
  const [x0, y0, x1, y1] = edit.ends;
  ctx.beginPath();
  ctx.moveTo(at.x(x0), at.y(y0));
  ctx.lineTo(at.x(x1) + 0.01, at.y(y1));
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = 0.5 * unit;
  ctx.stroke();
  circle(ctx, middle(at, edit.ends), 1.1 * unit, "#fff", unit, true);
}

/** Write what stands beside seeds that a person should look at; their numbers too where `all`. */
export function writeSeeds(at, section, labels, all) {
  const beside = [
    [0.6, -1.5],
    [-0.6, -1.5],
    [0.6, 1.5],
    [-0.6, 1.5],
  ];
  const write = (mark, words, style) => {
    const [x, y] = middle(at, mark.line);
    labels.write(words, x, y, style, beside);
  };
  for (const seed of section.seeds) {
    const words = seedWords(seed);
    const number = seed.seed === null ? "" : `${seed.seed} `;
    const urgent = seed.state === "MIGRATED" || seed.doubtful;
    if (urgent || (all && number)) write(seed, ` ${number}${urgent ? words : ""} `, look(seed).style);
  }
  for (const gone of section.unseen) {
    const lost = gone.state === "LOST";
    write(gone, ` ${gone.seed} ${lost ? "lost?" : "not seen"} `, colour(lost ? "medium" : "dim"));
  }
  for (const gone of all ? section.left_out : []) write(gone, ` ${gone.seed ?? ""} deleted `, colour("dim"));
}

/** The seeds of a scan in a line or two for its corner: [words, colour] each. */
export function summaryLines(seeds) {
  if (!seeds) return [];
  const known = seeds.compared ? `: ${seeds.same} same, ${seeds.new} new` : "";
  const wrong = [
    [seeds.migrated, "migrated"],
    [seeds.lost, "lost?"],
    [seeds.not_seen, "not seen"],
    [seeds.doubtful, "doubtful"],
  ];
  const told = wrong.filter(([count]) => count).map(([count, word]) => `${count} ${word}`);
  const hands = [];
  if (seeds.edited) hands.push(`${seeds.edited} by hand`);
  if (seeds.left_out) hands.push(`${seeds.left_out} deleted`);
  const lines = [[`${seeds.count} seeds${known}`, "#fff"]];
  if (told.length) lines.push([told.join(", "), colour("medium")]);
  if (hands.length) lines.push([hands.join(", "), "#fff"]);
  return lines;
}
