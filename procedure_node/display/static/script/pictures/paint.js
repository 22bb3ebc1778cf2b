// Draws one section: the CT below, then dose, ice, structures, seeds, and what says where it is.

import { colour, rem } from "../dom.js";
import { drawMargins, hatchIce } from "./ice.js";
import { drawIsotherms, isothermNames } from "./isotherms.js";
import { drawNeedles, writeNeedles } from "./needles.js";
import { drawSeeds, writeSeeds } from "./seeds.js";

const ISODOSE_WIDTH = { 50: 0.11, 100: 0.2, 150: 0.13, 200: 0.13 };
/** Where on its line (right, down) a level is written: apart from the other levels. */
const ISODOSE_LABEL_AT = { 50: [0.8, -1], 100: [1, -0.2], 150: [1, 0.5], 200: [-1, -0.3] };

/** A line around less than this carries no label: its colour must do. */
const LABELLED_FROM_MM = 14;

const CASING = "rgb(0 0 0 / 0.75)";
const SCALE_BAR_MM = 20;

/** Plane mm to canvas pixels: `centre` is in the middle of the pane. */
function transform(canvas, centre, pixelsPerMm) {
  return {
    scale: pixelsPerMm,
    x: (mm) => canvas.width / 2 + (mm - centre[0]) * pixelsPerMm,
    y: (mm) => canvas.height / 2 + (mm - centre[1]) * pixelsPerMm,
  };
}

function trace(ctx, at, line) {
  ctx.beginPath();
  for (let n = 0; n < line.length; n += 2) {
    if (n === 0) ctx.moveTo(at.x(line[0]), at.y(line[1]));
    else ctx.lineTo(at.x(line[n]), at.y(line[n + 1]));
  }
}

export function strokeLines(ctx, at, lines, style, width, dash = []) {
  ctx.setLineDash([]);
  for (const line of lines) {
    trace(ctx, at, line);
    ctx.strokeStyle = CASING;
    ctx.lineWidth = width * 1.9;
    ctx.stroke();
    ctx.setLineDash(dash);
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.stroke();
    ctx.setLineDash([]);
  }
}

/** The point of a set of lines that lies farthest in a direction (right, down). */
function extreme(lines, right, down) {
  let best = null;
  for (const line of lines) {
    for (let n = 0; n < line.length; n += 2) {
      const reach = line[n] * right + line[n + 1] * down;
      if (best === null || reach > best.reach) best = { reach, point: [line[n], line[n + 1]] };
    }
  }
  return best?.point ?? null;
}

/** How far a line reaches from left to right, mm. */
function extent(line) {
  const across = line.filter((_, n) => n % 2 === 0);
  return Math.max(...across) - Math.min(...across);
}

/** Writes names beside lines, and none over another: a name that finds no room is left out. */
class Labels {
  constructor(ctx, size) {
    this.ctx = ctx;
    this.size = size;
    this.taken = [];
  }

  write(text, x, y, style, directions) {
    const { ctx, size } = this;
    ctx.font = `bold ${size}px ${getComputedStyle(document.body).fontFamily}`;
    const width = ctx.measureText(text).width;
    for (const [right, down] of directions) {
      const [middleX, middleY] = [x + (right * width) / 2, y + down * size];
      const box = {
        left: middleX - width / 2,
        right: middleX + width / 2,
        top: middleY - size / 2,
        bottom: middleY + size / 2,
      };
      const hits = (other) =>
        box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top;
      if (this.taken.some(hits)) continue;
      this.taken.push(box);
      outlined(ctx, text, middleX, middleY, style, "center");
      return;
    }
  }
}

function outlined(ctx, text, x, y, style, align, baseline = "middle") {
  ctx.textAlign = align;
  ctx.textBaseline = baseline;
  ctx.lineJoin = "round";
  ctx.strokeStyle = "rgb(0 0 0 / 0.85)";
  ctx.lineWidth = 0.22 * rem() * devicePixelRatio;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = style;
  ctx.fillText(text, x, y);
}

function drawCrosshair(ctx, canvas, at, cross, unit) {
  const [x, y] = [at.x(cross[0]), at.y(cross[1])];
  const gap = 2.2 * unit;
  ctx.strokeStyle = "rgb(255 255 255 / 0.4)";
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (const [fromX, fromY, toX, toY] of [
    [0, y, x - gap, y],
    [x + gap, y, canvas.width, y],
    [x, 0, x, y - gap],
    [x, y + gap, x, canvas.height],
  ]) {
    ctx.moveTo(fromX, fromY);
    ctx.lineTo(toX, toY);
  }
  ctx.stroke();
}

function drawFrame(ctx, canvas, section, at, unit, caption) {
  const { width, height } = canvas;
  const family = getComputedStyle(document.body).fontFamily;
  const edge = 0.5 * unit;
  ctx.font = `bold ${1.5 * unit}px ${family}`;
  const [left, right, top, bottom] = section.labels;
  outlined(ctx, left, edge, height / 2, "#fff", "left");
  outlined(ctx, right, width - edge, height / 2, "#fff", "right");
  outlined(ctx, top, width / 2, edge, "#fff", "center", "top");
  outlined(ctx, bottom, width / 2, height - edge, "#fff", "center", "bottom");
  ctx.font = `${1.1 * unit}px ${family}`;
  const lines = caption.topLeft.map((text) => [text, "#fff"]);
  lines.push(...caption.seeds);
  if (caption.warning) lines.push([`OUT OF DATE: ${caption.warning}`, colour("medium")]);
  lines.forEach(([text, style], n) => outlined(ctx, text, edge, edge + 1.35 * unit * n, style, "left", "top"));
  outlined(ctx, caption.bottomLeft, edge, height - edge, "#fff", "left", "bottom");
  const bar = SCALE_BAR_MM * at.scale;
  ctx.fillStyle = "#fff";
  ctx.fillRect(width - edge - bar, height - edge - 0.25 * unit, bar, 0.25 * unit);
  outlined(ctx, `${SCALE_BAR_MM} mm`, width - edge - bar / 2, height - edge - 0.4 * unit, "#fff", "center", "bottom");
}

function drawMode(ctx, canvas, mode, unit, inCorner) {
  if (mode === "REAL") return;
  ctx.font = `bold ${1.3 * unit}px ${getComputedStyle(document.body).fontFamily}`;
  if (inCorner) outlined(ctx, mode, 0.5 * unit, canvas.height - 0.5 * unit, colour("medium"), "left", "bottom");
  else outlined(ctx, `${mode}: SIMULATED`, canvas.width - 0.5 * unit, 0.5 * unit, colour("medium"), "right", "top");
}

/**
 * Paint a section.
 *
 * picture: its pixels through the window; look: {centre, pixelsPerMm, cross, caption, targets, plane, margins,
 * labels, edit}. `targets` is the set of structure names that are targets; names are written where
 * `labels` is true.
 */
export function paint(canvas, section, picture, look) {
  const ctx = canvas.getContext("2d");
  const unit = rem() * devicePixelRatio;
  const at = transform(canvas, look.centre, look.pixelsPerMm);
  ctx.fillStyle = "#000";
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(
    picture,
    at.x(section.left_mm),
    at.y(section.top_mm),
    section.columns * section.column_mm * at.scale,
    section.rows * section.row_mm * at.scale,
  );
  hatchIce(ctx, canvas, at, section.ice, unit);
  strokeLines(ctx, at, section.ice, colour("ice"), 0.2 * unit, [0.55 * unit, 0.35 * unit]);
  for (const structure of section.structures) {
    const style = colour(look.targets.has(structure.name) ? "target" : "organ");
    strokeLines(ctx, at, structure.lines, style, 0.15 * unit);
  }
  for (const isodose of section.isodoses) {
    const style = colour(`isodose-${isodose.percent}`);
    strokeLines(ctx, at, isodose.lines, style, ISODOSE_WIDTH[isodose.percent] * unit);
  }
  for (const cold of look.cold) drawIsotherms(ctx, at, cold, unit);
  drawNeedles(ctx, at, section, unit);
  drawSeeds(ctx, at, section, unit, look.edit);
  drawCrosshair(ctx, canvas, at, look.cross, unit);
  drawMargins(ctx, at, look.margins, look.plane, section, unit);
  if (look.labels) writeNames(ctx, at, section, look, unit);
  drawFrame(ctx, canvas, section, at, unit, look.caption);
  drawMode(ctx, canvas, section.mode, unit, !look.labels);
}

function writeNames(ctx, at, section, look, unit) {
  const labels = new Labels(ctx, 1.05 * unit);
  writeSeeds(at, section, labels, Boolean(look.edit));
  writeNeedles(at, section, labels);
  for (const structure of section.structures) {
    const point = extreme(structure.lines, -0.4, 1);
    const style = colour(look.targets.has(structure.name) ? "target" : "organ");
    labels.write(structure.name, at.x(point[0]), at.y(point[1]), style, [[0, 0.8], [-1, 0.5], [0, 1.9], [1, 0.5]]);
  }
  for (const { text, lines, right, down } of look.cold.flatMap(isothermNames)) {
    if (!lines.length) continue;
    const point = extreme(lines, right, down);
    labels.write(text, at.x(point[0]), at.y(point[1]), colour("isotherm"), [[right * 0.9, down], [0, down * 1.4]]);
  }
  for (const isodose of section.isodoses) {
    const style = colour(`isodose-${isodose.percent}`);
    const [right, down] = ISODOSE_LABEL_AT[isodose.percent];
    for (const line of isodose.lines) {
      if (extent(line) < LABELLED_FROM_MM) continue;
      const point = extreme([line], right, down);
      const beside = [[Math.sign(right), Math.sign(down) * 0.6], [Math.sign(right), -Math.sign(down) * 0.6]];
      labels.write(` ${isodose.percent} % `, at.x(point[0]), at.y(point[1]), style, beside);
    }
  }
}
