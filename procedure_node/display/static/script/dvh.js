// Cumulative dose-volume histograms.

import { colour, el, rem, swatch } from "./dom.js";
import { amount } from "./format.js";
import { axis, join, Plot } from "./plot.js";

const TARGET_COLOURS = ["#d79bff", "#ff9ecb", "#9fb4ff", "#ffe14d", "#7ff0c3"];
const ORGAN_COLOURS = ["#d8b98f", "#a8d672", "#ff8f70", "#8fd8e8"];

/** The dose axis ends at this many prescriptions: what lies beyond is inside the seeds. */
const PRESCRIPTIONS_SHOWN = 3;

let plot = null;
let shown = { lines: [], prescriptionGy: null };

function styled(lines) {
  const count = { target: 0, organ: 0 };
  return lines.map((line) => {
    const kind = line.role === "TARGET" ? "target" : "organ";
    const colours = kind === "target" ? TARGET_COLOURS : ORGAN_COLOURS;
    return { ...line, colour: colours[count[kind]++ % colours.length], dashed: kind === "organ" };
  });
}

function drawPrescription(u) {
  if (shown.prescriptionGy === null) return;
  const { ctx } = u;
  const x = u.valToPos(shown.prescriptionGy, "x", true);
  ctx.save();
  ctx.strokeStyle = colour("isodose-100");
  ctx.fillStyle = colour("isodose-100");
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, u.bbox.top);
  ctx.lineTo(x, u.bbox.top + u.bbox.height);
  ctx.stroke();
  ctx.font = `${0.95 * rem() * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.fillText(` ${amount(shown.prescriptionGy)} Gy`, x, u.bbox.top);
  ctx.restore();
}

function options() {
  const highest = Math.max(1, ...shown.lines.map((line) => line.dose_gy.at(-1) ?? 0));
  const limit = shown.prescriptionGy ? PRESCRIPTIONS_SHOWN * shown.prescriptionGy : highest;
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: () => [0, Math.min(highest, limit)] }, y: { range: [0, 102] } },
    axes: [
      axis({ size: 1.6 * rem(), space: 4.5 * rem(), values: (_, ticks) => ticks.map((gy) => `${gy} Gy`) }),
      axis({ size: 3.4 * rem(), space: 2 * rem(), values: (_, ticks) => ticks.map((part) => `${part} %`) }),
    ],
    series: [
      {},
      ...shown.lines.map((line) => ({
        stroke: line.colour,
        width: 0.18 * rem(),
        dash: line.dashed ? [0.5 * rem(), 0.3 * rem()] : undefined,
        points: { show: false },
        spanGaps: true,
      })),
    ],
    hooks: { draw: [drawPrescription] },
  };
}

function research(dvh) {
  const names = dvh.research_models.join(", ");
  return names ? el("span", "unsure", ` research data: ${names}`) : null;
}

export function drawDvh(area, dvh, prescriptionGy) {
  plot ??= new Plot(area.querySelector(".plot-area"), options);
  const head = area.querySelector(".plot-head");
  area.classList.toggle("outdated", Boolean(dvh?.outdated));
  if (!dvh || !dvh.lines.length) {
    head.replaceChildren(el("b", "", "DVH"), el("span", "dim", " no dose has been computed yet"));
    plot.clear();
    return;
  }
  shown = { lines: styled(dvh.lines), prescriptionGy };
  const origin = dvh.outdated
    ? el("span", "bad", ` scan ${dvh.scan_number}, OUT OF DATE: ${dvh.outdated}`)
    : el("span", "dim", ` scan ${dvh.scan_number}, modelled`);
  head.replaceChildren(
    el("div", "", el("b", "", "DVH"), origin, research(dvh)),
    el(
      "div",
      "plot-keys",
      ...shown.lines.map((line) => el("span", "key", swatch(line.colour, line.dashed), line.name)),
    ),
  );
  const tables = shown.lines.map((line) => [line.dose_gy, line.volume_percent]);
  const signature = JSON.stringify([shown.lines.map((line) => [line.name, line.colour]), prescriptionGy]);
  plot.show(join(tables), signature);
}
