// Probe and organ temperatures: what they are now, and how they came there.

import { probeColour, probeLine } from "./clock.js";
import { colour, el, rem, swatch } from "./dom.js";
import { number } from "./format.js";
import { axis, join, Plot } from "./plot.js";

const SENSOR_COLOURS = ["#ff9d80", "#e8dc78", "#80e8d0", "#d0b0ff"];

/** How far back the plot reaches at most, a whole 10-8-10 minute schedule, and at least. */
const LONGEST_S = 32 * 60;
const SHORTEST_S = 4 * 60;

/** Height of a probe's lane of phases above the curves, and the share of the plot for all lanes. */
const LANE_REM = 1.15;
const LANES_SHARE = 0.45;
const LEGIBLE_REM = 0.7;

/** The height of one lane in CSS pixels, in a plot of that height. */
function laneHeight(plotHeight) {
  return Math.min(LANE_REM * rem(), (LANES_SHARE * plotHeight) / Math.max(shown.lanes.length, 1));
}

const PHASE_COLOUR = {
  FREEZE: "freeze",
  PASSIVE_THAW: "thaw",
  ACTIVE_THAW: "active-thaw",
  UNKNOWN: "unknown",
};

let plot = null;
let shown = { lines: [], lanes: [], limitsC: [], startS: 0, nowS: 0 };

/** A phase's colour band in the lane of its probe, with its letter; unknown time is hatched. */
function drawLanes(u) {
  const { ctx } = u;
  const lane = laneHeight(u.bbox.height / devicePixelRatio) * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  ctx.font = `bold ${0.72 * lane}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  shown.lanes.forEach(({ colour: lineColour, spans }, n) => {
    const top = u.bbox.top + n * lane;
    for (const span of spans) {
      if (!(span.phase in PHASE_COLOUR)) continue;
      const from = Math.max(u.valToPos(span.start_s, "x", true), u.bbox.left);
      const to = u.valToPos(span.end_s ?? shown.nowS, "x", true);
      if (to <= from) continue;
      ctx.fillStyle = colour(PHASE_COLOUR[span.phase]);
      ctx.globalAlpha = span.phase === "UNKNOWN" ? 0.3 : 0.85;
      ctx.fillRect(from, top, to - from, lane * 0.9);
      ctx.globalAlpha = 1;
      ctx.fillStyle = span.phase === "UNKNOWN" ? colour("text") : "#0b0f14";
      if (lane < LEGIBLE_REM * rem() * devicePixelRatio) continue;
      const word = span.phase === "UNKNOWN" ? "?" : span.phase === "FREEZE" ? "FREEZE" : "THAW";
      if (word === "?" || ctx.measureText(word).width + lane * 0.3 < to - from) {
        ctx.fillText(word, from + lane * 0.15, top + lane * 0.48);
      }
    }
    ctx.fillStyle = lineColour;
    ctx.fillRect(u.bbox.left, top, 0.3 * lane, lane * 0.9);
  });
  ctx.restore();
}

function drawLimits(u) {
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = colour("dim");
  ctx.fillStyle = colour("dim");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.font = `${0.9 * rem() * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
  shown.limitsC.forEach((celsius, n) => {
    const y = u.valToPos(celsius, "y", true);
    ctx.beginPath();
    ctx.moveTo(u.bbox.left, y);
    ctx.lineTo(u.bbox.left + u.bbox.width, y);
    ctx.stroke();
    ctx.textAlign = "right";
    ctx.textBaseline = n === 0 ? "bottom" : "top";
    ctx.fillText(`${number(celsius, 0)} °C`, u.bbox.left + u.bbox.width, y);
  });
  ctx.restore();
}

function yRange(_, low, high) {
  const bottom = Math.min(low ?? 0, -60) - 10;
  const top = Math.max(high ?? 0, 40);
  const plotHeight = Math.max(plot.area.clientHeight - 2 * rem(), 1);
  const lanesShare = (shown.lanes.length * laneHeight(plotHeight)) / plotHeight;
  return [bottom, top + ((top - bottom) * lanesShare) / (1 - lanesShare)];
}

/** The lanes above body temperature are no part of the scale. */
function celsiusTick(celsius) {
  return celsius > 50 ? "" : `${number(celsius, 0)} °C`;
}

function options() {
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { range: () => [shown.startS, shown.nowS] }, y: { range: yRange } },
    axes: [
      axis({
        size: 1.6 * rem(),
        space: 5 * rem(),
        values: (_, ticks) =>
          ticks.map((s) => {
            const minutes = Math.round((s - shown.nowS) / 60);
            return minutes === 0 ? "now" : `${number(minutes, 0)} min`;
          }),
        splits: () => {
          const ticks = [];
          const reachS = shown.nowS - shown.startS;
          const step = reachS > 15 * 60 ? 10 * 60 : reachS > 6 * 60 ? 5 * 60 : 60;
          for (let s = shown.nowS; s >= shown.startS; s -= step) ticks.unshift(s);
          return ticks;
        },
      }),
      axis({ size: 3.6 * rem(), space: 2 * rem(), values: (_, ticks) => ticks.map(celsiusTick) }),
    ],
    series: [
      {},
      ...shown.lines.map((line) => ({
        stroke: line.colour,
        width: 0.18 * rem(),
        dash: line.dashed ? [0.2 * rem(), 0.3 * rem()] : undefined,
        points: { show: false },
      })),
    ],
    hooks: { drawAxes: [drawLimits], draw: [drawLanes] },
  };
}

/** A thermometer; where the organ's row has its temperature, only whose curve it is. */
function sensorLine(sensor, lineColour, organs) {
  if (organs.has(sensor.name)) return el("span", "clock-probe", swatch(lineColour, true), sensor.name);
  const { celsius, questionable, reason } = sensor.temperature;
  const unknown = celsius === null;
  return el(
    "div",
    "clock-probe",
    swatch(lineColour, true),
    el("b", "what", sensor.name),
    el("b", unknown ? "celsius unknown" : "celsius", unknown ? "? °C" : `${number(celsius, 0)}${questionable ? "?" : ""} °C`),
    el("span", unknown ? "phase UNKNOWN" : "phase", unknown ? reason : limitOf(sensor)),
  );
}

function limitOf(sensor) {
  return sensor.minimum_c === null ? "" : `≥ ${number(sensor.minimum_c, 0)}`;
}

/** Probes that are in no lesion and so on no clock, and the thermometers. */
function lines({ lesions, organs }, probes, sensors) {
  const onClocks = new Set(lesions.flatMap((lesion) => lesion.probes));
  const shownBelow = new Set(organs.map((organ) => organ.name));
  return [
    ...probes
      .filter(([probe]) => !onClocks.has(probe.key))
      .map(([probe, lineColour]) => probeLine(probe, lineColour, probe.name.replace("Probe ", "P"))),
    ...sensors.map(([sensor, lineColour]) => sensorLine(sensor, lineColour, shownBelow)),
  ];
}

/**
 * Joined tables hold `null` where a curve has a gap and `undefined` where only another curve has a
 * point. A gap lasts until the curve's next value, whatever the others do meanwhile.
 */
function withWholeGaps([at, ...curves]) {
  const filled = curves.map((curve) => {
    let inGap = false;
    return curve.map((value) => {
      if (value !== undefined) inGap = value === null;
      return inGap ? null : value;
    });
  });
  return [at, ...filled];
}

export function drawTemperatures(area, procedure, serverTime) {
  plot ??= new Plot(area.querySelector(".plot-area"), options);
  const probes = procedure.probes.map((probe, n) => [probe, probeColour(n)]);
  const sensors = procedure.sensors.map((one, n) => [one, SENSOR_COLOURS[n % SENSOR_COLOURS.length]]);
  const top = area.querySelector(".plot-head");
  area.classList.toggle("empty", !probes.length && !sensors.length);
  if (!probes.length && !sensors.length) {
    top.replaceChildren(el("b", "", "Temperatures"), el("span", "dim", " no probe or thermometer yet"));
    plot.clear();
    return;
  }
  top.replaceChildren(...lines(procedure, probes, sensors));
  const closed = procedure.header.closed_at;
  const nowS = (closed ? new Date(closed) : serverTime).getTime() / 1000;
  const firstS = Math.min(nowS, ...[...procedure.probes, ...procedure.sensors].map((one) => one.curve.at_s[0] ?? nowS));
  shown = {
    nowS,
    startS: Math.max(nowS - LONGEST_S, Math.min(nowS - SHORTEST_S, firstS)),
    limitsC: procedure.cold_limits_c,
    lanes: probes.map(([probe, lineColour]) => ({ colour: lineColour, spans: probe.spans })),
    lines: [
      ...probes.map(([probe, lineColour]) => ({ curve: probe.curve, colour: lineColour, dashed: false })),
      ...sensors.map(([one, lineColour]) => ({ curve: one.curve, colour: lineColour, dashed: true })),
    ],
  };
  const tables = shown.lines.map(({ curve }) => [curve.at_s, curve.temperature_c]);
  plot.show(withWholeGaps(join(tables)), shown.lines.map((line) => line.colour).join());
}
