// The cycle clocks: one for each lesion over all of its probes, with a line for each probe.

import { el, swatch } from "./dom.js";
import { number, timer } from "./format.js";

const PROBE_COLOURS = ["#7cc7ff", "#ffb4e6", "#b9f27c", "#ffffff", "#b7a2ff", "#ffd27f"];

/** The colour of the n-th probe, here and in the plot. */
export function probeColour(n) {
  return PROBE_COLOURS[n % PROBE_COLOURS.length];
}

/** More lesions or probes than these make the clocks smaller. */
const ROOMY_LESIONS = 2;
const ROOMY_PROBES = 4;

const PHASE = {
  IDLE: "idle",
  STICK: "stick",
  TEST: "test",
  FREEZE: "FREEZE",
  PASSIVE_THAW: "THAW",
  ACTIVE_THAW: "ACTIVE THAW",
  UNKNOWN: "UNKNOWN",
};

/** The number of the time that counts, and what it is: what is left, else what has passed. */
function reading(face) {
  if (face.step === "UNKNOWN") return ["?", "not known now"];
  if (face.step === "BEFORE") return ["–", "not frozen yet"];
  if (face.step === "DONE") return [timer(face.elapsed_s), "since the last freeze"];
  if (face.over_s > 0) return [`+${timer(face.over_s)}`, face.step === "FREEZE" ? "over its time" : "thaw is over"];
  if (face.remaining_s === null) return [timer(face.elapsed_s), face.step === "FREEZE" ? "of freezing" : "of thaw"];
  return [timer(face.remaining_s), "left"];
}

/** What comes next: `then thaw 8:00`. */
function nextWords(face) {
  if (face.then === null) return "";
  const after = face.then_s === null ? "" : ` ${timer(face.then_s)}`;
  return face.then === "DONE" ? "then done" : `then ${face.then === "FREEZE" ? "freeze" : "thaw"}${after}`;
}

function freezeNumber(face) {
  if (!face.number) return "";
  return face.of === null ? `${face.number}` : `${face.number} of ${face.of}`;
}

/** The whole schedule as a bar; each step is as wide as it is to last. */
function scheduleBar(steps) {
  const bar = el("div", "schedule");
  for (const step of steps) {
    const cell = el("span", `step ${step.kind}`);
    cell.style.flexGrow = step.wanted_s;
    const share = (seconds) => `${Math.min(100, (100 * seconds) / Math.max(step.wanted_s, 1))}%`;
    const done = el("span", "done");
    done.style.width = share(step.done_s);
    const unknown = el("span", "unknown hatched");
    unknown.style.width = step.unknown_s ? share(step.unknown_s) : "0";
    cell.append(done, unknown);
    bar.append(cell);
  }
  return bar;
}

/** Where a probe's own clock stands, in a few words. */
function probeWords(probe) {
  const { face } = probe;
  if (probe.temperature.celsius === null) return probe.temperature.reason;
  const words = [PHASE[probe.phase]];
  if (["FREEZE", "PAUSE", "THAW"].includes(face.step)) words[0] += ` ${reading(face).join(" ")}`;
  if (face.coldest_c !== null && face.number) words.push(`min ${number(face.coldest_c, 0)}`);
  return words.join(" · ");
}

/** A probe's line: which curve, where it is, how cold, and its own clock. */
export function probeLine(probe, lineColour, name) {
  const { celsius, questionable } = probe.temperature;
  const unknown = celsius === null;
  return el(
    "div",
    "clock-probe",
    swatch(lineColour),
    el("b", "what", name),
    el("b", unknown ? "celsius unknown" : "celsius", unknown ? "? °C" : `${number(celsius, 0)}${questionable ? "?" : ""} °C`),
    el("span", `phase ${unknown ? "UNKNOWN" : probe.phase}`, probeWords(probe)),
  );
}

/** A lesion's clock; `probes` are [probe, colour] of those that are in it. */
function lesionClock(lesion, probes) {
  const { face } = lesion;
  const [time, label] = reading(face);
  const over = face.over_s > 0 && face.step === "FREEZE";
  const doubt = face.unknown_s > 0 ? `${timer(face.unknown_s)} not known` : "";
  return el(
    "div",
    `clock ${lesion.phase}${lesion.phase === "UNKNOWN" ? " hatched" : ""}`,
    el("div", over ? "time over" : "time", time),
    el(
      "div",
      "clock-side",
      el(
        "div",
        "clock-head",
        el("b", "lesion", lesion.lesion),
        el("b", `phase ${lesion.phase}`, [PHASE[lesion.phase], freezeNumber(face)].filter(Boolean).join(" ")),
      ),
      el(
        "div",
        "clock-words",
        el("b", "label", label),
        el("span", "dim", nextWords(face)),
        doubt ? el("span", "doubt", doubt) : null,
        lesion.deviations.length ? el("span", "deviates", lesion.deviations.join(", ")) : null,
      ),
    ),
    lesion.schedule.length ? scheduleBar(lesion.schedule) : null,
    el(
      "div",
      "clock-probes",
      ...probes.map(([probe, lineColour]) => probeLine(probe, lineColour, probe.name.replace("Probe ", "P"))),
    ),
  );
}

/** Every lesion's clock, and nothing where no probe is in a lesion. */
export function drawClocks(area, lesions, probes) {
  const coloured = probes.map((probe, n) => [probe, probeColour(n)]);
  area.classList.toggle("many", lesions.length > ROOMY_LESIONS || probes.length > ROOMY_PROBES);
  area.replaceChildren(
    ...lesions.map((lesion) => lesionClock(lesion, coloured.filter(([probe]) => lesion.probes.includes(probe.key)))),
  );
}
