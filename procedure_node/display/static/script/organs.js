// Organs at risk against their limits.

import { el, icon } from "./dom.js";
import { amount, number } from "./format.js";

const MARK = { WITHIN: "check", OVER: "triangle", UNKNOWN: "question", UNSET: "question" };
const WORD = { WITHIN: "within", OVER: "OVER", UNKNOWN: "unknown", UNSET: "not set" };

/** What is beyond a limit that it must stay above. */
const OVER_WORD = { "°C": "COLD", mm: "NEAR" };

/** What needs somebody comes first. */
const URGENCY = { OVER: 0, UNKNOWN: 1, UNSET: 2, WITHIN: 3 };

/** What must stay below its limit; all else must stay above it. */
const BELOW = ["Gy", "cm³"];

/** The limit stands at this share of the gauge, so that what is over it can be seen. */
const LIMIT_AT = 0.8;

function gauge(row) {
  if (row.unit !== "Gy" || row.actual === null || row.limit === null) return null;
  const fill = el("div", "fill");
  fill.style.width = `${Math.min(1, (row.actual / row.limit) * LIMIT_AT) * 100}%`;
  return el("div", "gauge", fill, el("div", "mark"));
}

/** By the errors of the dose or of the ice. */
function mayExceed(row) {
  if (row.status !== "WITHIN") return false;
  return (row.high !== null && row.high > row.limit) || (row.low !== null && row.low < row.limit);
}

function limitCell(row) {
  const isDose = row.unit === "Gy";
  const limit = row.limit === null ? "" : `${BELOW.includes(row.unit) ? "≤" : "≥"} ${amount(row.limit)} ${row.unit}`;
  const word = row.status === "OVER" ? (OVER_WORD[row.unit] ?? WORD.OVER) : WORD[row.status];
  return el(
    "div",
    `limit ${row.status}`,
    el(
      "div",
      "line",
      el("span", "", row.quantity),
      row.actual === null ? null : el("b", "", amount(row.actual)),
      !isDose && row.reason ? null : el("span", "dim", limit),
      mayExceed(row)
        ? el("span", "status unsure", icon("question"), ` may be ${number(row.high ?? row.low, 0)}`)
        : !isDose && row.reason
          ? el("span", "reason", icon(MARK[row.status]), ` ${row.reason}`)
          : el("span", "status", icon(MARK[row.status]), ` ${word}`),
    ),
    gauge(row),
    isDose && row.reason ? el("div", "reason", row.reason) : null,
  );
}

function worst(organ) {
  return organ.limits.map((row) => row.status).sort((a, b) => URGENCY[a] - URGENCY[b])[0];
}

function urgency(organ) {
  return URGENCY[worst(organ)];
}

function line(name, limits) {
  return el(
    "div",
    "organ",
    el("div", "name", name),
    ...limits.filter(({ unit }) => unit === "Gy").map(limitCell),
    el("div", "beside", ...limits.filter(({ unit }) => unit !== "Gy").map(limitCell)),
  );
}

/** Draw `room` lines at most: the most urgent organs, the others told in words, and all that was frozen. */
export function drawOrgans(area, organs, frozen, room) {
  const roomy = frozen ? room - 1 : room;
  const shown = organs.length > roomy ? [...organs].sort((a, b) => urgency(a) - urgency(b)).slice(0, roomy) : organs;
  const rows = shown.map((organ) => line(organ.name, organ.limits));
  const others = organs.filter((organ) => !shown.includes(organ));
  if (others.length) {
    const words = others.map((organ) => `${organ.name} ${WORD[worst(organ)]}`).join(", ");
    rows.push(el("div", "more", `and ${words}`));
  }
  if (frozen) rows.push(line("ALL ICE", [frozen]));
  area.replaceChildren(...rows);
}
