// Ice on a section: hatched inside a dashed rim, which no dose is; and where its margin is least.

import { colour } from "../dom.js";
import { number } from "../format.js";

const HATCH_MM = 3;
const HATCH_ALPHA = 0.3;

/** The place is told on a plane that is at most this far from it: half of a thick slice. */
const NEAR_MM = 2.6;

function outline(ctx, at, lines) {
  ctx.beginPath();
  for (const line of lines) {
    for (let n = 0; n < line.length; n += 2) {
      if (n === 0) ctx.moveTo(at.x(line[0]), at.y(line[1]));
      else ctx.lineTo(at.x(line[n]), at.y(line[n + 1]));
    }
    ctx.closePath();
  }
}

/** Slanting lines over the ice, always the same distance apart in the patient. */
export function hatchIce(ctx, canvas, at, lines, unit) {
  if (!lines.length) return;
  ctx.save();
  outline(ctx, at, lines);
  ctx.clip("evenodd");
  ctx.globalAlpha = HATCH_ALPHA;
  ctx.strokeStyle = colour("ice");
  ctx.lineWidth = Math.max(1, 0.07 * unit);
  const step = HATCH_MM * at.scale * Math.SQRT2;
  const start = (((at.x(0) + at.y(0)) % step) + step) % step;
  ctx.beginPath();
  for (let x = start - step; x < canvas.width + canvas.height; x += step) {
    ctx.moveTo(x, 0);
    ctx.lineTo(x - canvas.height, canvas.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** An arrowhead on the place of each least margin that lies in this plane, with the margin in mm. */
export function drawMargins(ctx, at, margins, plane, section, unit) {
  for (const { place, mm, wanted } of margins) {
    if (Math.abs(place[plane.across] - section.position_mm) > NEAR_MM) continue;
    const x = at.x(place[plane.right]);
    const y = at.y(place[plane.down] * plane.downSign);
    const style = colour(mm < 0 ? "under" : wanted !== null && mm < wanted ? "unsure" : "covered");
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x + 0.45 * unit, y - 1.1 * unit);
    ctx.lineTo(x - 0.45 * unit, y - 1.1 * unit);
    ctx.closePath();
    ctx.fillStyle = style;
    ctx.strokeStyle = "rgb(0 0 0 / 0.85)";
    ctx.lineWidth = 0.16 * unit;
    ctx.stroke();
    ctx.fill();
    ctx.font = `bold ${1.15 * unit}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "bottom";
    ctx.lineWidth = 0.22 * unit;
    ctx.strokeText(`${number(mm)} mm`, x, y - 1.2 * unit);
    ctx.fillText(`${number(mm)} mm`, x, y - 1.2 * unit);
  }
}
