// Isotherms of the modelled cold over a section: lines with teeth, as on a weather map, so that
// nobody takes them for a dose (smooth, coloured lines) or for ice that was seen (dashed white).

import { colour } from "../dom.js";
import { strokeLines } from "./paint.js";

/** How each isotherm is drawn: how wide, what stands on it, how far apart; lengths in rem. */
const STYLES = {
  "-40": { width: 0.16, tooth: "filled", apart: 1.5, size: 0.62 },
  "-20": { width: 0.13, tooth: "bar", apart: 1.2, size: 0.6 },
  0: { width: 0.1, tooth: "dot", apart: 0.55, size: 0.13 },
};

/** Where on its line (right, down) an isotherm is written: apart from each other and from doses. */
const LABEL_AT = { "-40": [-0.2, 1], "-20": [-0.9, 0.7], 0: [-1, -0.5] };

/** Isotherms of one lesion in a plane. */
export async function fetchIsotherms(lesion, plane, mm, signal) {
  const address = `/api/cold/${encodeURIComponent(lesion)}/section?plane=${plane}&mm=${mm}`;
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.json();
}

/** Points along a line, so many pixels apart, each with the direction of the line there. */
function stations(at, line, apart) {
  const found = [];
  let left = apart / 2;
  for (let n = 2; n < line.length; n += 2) {
    const [x0, y0] = [at.x(line[n - 2]), at.y(line[n - 1])];
    const [x1, y1] = [at.x(line[n]), at.y(line[n + 1])];
    const length = Math.hypot(x1 - x0, y1 - y0);
    while (left <= length && length > 0) {
      const part = left / length;
      found.push({ x: x0 + part * (x1 - x0), y: y0 + part * (y1 - y0), dx: (x1 - x0) / length, dy: (y1 - y0) / length });
      left += apart;
    }
    left -= length;
  }
  return found;
}

/** Twice the area within a closed line in canvas pixels; its sign is the sense of its run. */
function turn(line) {
  let sum = 0;
  for (let n = 2; n < line.length; n += 2) sum += line[n - 2] * line[n + 1] - line[n] * line[n - 1];
  return sum;
}

function drawTooth(ctx, point, outwards, style, unit) {
  const size = style.size * unit;
  const [nx, ny] = [-point.dy * outwards, point.dx * outwards];
  ctx.beginPath();
  if (style.tooth === "dot") {
    ctx.arc(point.x, point.y, size, 0, 2 * Math.PI);
    ctx.fill();
  } else if (style.tooth === "bar") {
    ctx.moveTo(point.x, point.y);
    ctx.lineTo(point.x + nx * size, point.y + ny * size);
    ctx.stroke();
  } else {
    ctx.moveTo(point.x - point.dx * size * 0.5, point.y - point.dy * size * 0.5);
    ctx.lineTo(point.x + point.dx * size * 0.5, point.y + point.dy * size * 0.5);
    ctx.lineTo(point.x + nx * size, point.y + ny * size);
    ctx.closePath();
    ctx.fill();
  }
}

/** Teeth point outwards, to the warm side. */
function drawIsotherm(ctx, at, lines, style, unit) {
  const colourOfCold = colour("isotherm");
  if (style.tooth !== "dot") strokeLines(ctx, at, lines, colourOfCold, style.width * unit);
  ctx.fillStyle = colourOfCold;
  ctx.strokeStyle = colourOfCold;
  ctx.lineWidth = style.width * unit;
  for (const line of lines) {
    const outwards = turn(line) > 0 ? -1 : 1;
    for (const point of stations(at, line, style.apart * unit)) drawTooth(ctx, point, outwards, style, unit);
  }
}

/** Between what is surely and what is possibly within a level: a faint band. */
function drawBand(ctx, at, isotherm) {
  if (!isotherm.possibly) return;
  ctx.beginPath();
  for (const line of [...isotherm.possibly, ...(isotherm.surely ?? [])]) {
    for (let n = 0; n < line.length; n += 2) {
      if (n === 0) ctx.moveTo(at.x(line[0]), at.y(line[1]));
      else ctx.lineTo(at.x(line[n]), at.y(line[n + 1]));
    }
    ctx.closePath();
  }
  ctx.fillStyle = colour("isotherm-band");
  ctx.fill("evenodd");
}

/** Draw the isotherms of a plane. */
export function drawIsotherms(ctx, at, cold, unit) {
  for (const isotherm of cold.isotherms) {
    if (isotherm.level_c === -20) drawBand(ctx, at, isotherm);
  }
  for (const isotherm of cold.isotherms) drawIsotherm(ctx, at, isotherm.best, STYLES[isotherm.level_c], unit);
}

/** What is written beside the isotherms, and where: {text, lines, right, down}. */
export function isothermNames(cold) {
  return cold.isotherms.map(({ level_c, best }) => {
    const [right, down] = LABEL_AT[level_c];
    return { text: ` ${level_c} °C `.replace("-", "−"), lines: best, right, down };
  });
}

/** A sample of an isotherm for a legend. */
export function isothermSample(level) {
  const canvas = document.createElement("canvas");
  const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) * devicePixelRatio;
  canvas.className = "isotherm-sample";
  canvas.width = Math.round(3 * unit);
  canvas.height = Math.round(1.1 * unit);
  const at = { x: (mm) => mm * unit, y: (mm) => mm * unit };
  const ctx = canvas.getContext("2d");
  drawIsotherm(ctx, at, [[0, 0.75, 3, 0.75]], STYLES[level], unit);
  return canvas;
}

