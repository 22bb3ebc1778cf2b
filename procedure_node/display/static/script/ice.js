// Imaged ice over a target: its least margin with the place, and the margin over the whole surface.

import { el } from "./dom.js";
import { number } from "./format.js";

/** Letters of the patient's directions for each axis of LPS, minus and plus. */
const DIRECTIONS = [["R", "L"], ["A", "P"], ["F", "H"]];

const CLASSES = [
  ["under", "under_percent", "< 0"],
  ["short", "short_percent", "0–5"],
  ["enough", "enough_percent", "≥ 5"],
];

/** A class is drawn at least so wide: a hole in the ice must be seen across the room. */
const LEAST_WIDTH_PERCENT = 3;

/** Less than this of a surface is none: a rounding of its triangles. */
const NOTHING_PERCENT = 0.05;

/** Less than this is no volume that a person could look for. */
const UNFROZEN_FROM_CC = 0.005;

/** A class needs this share of the bar for its words. */
const WORDS_FROM_PERCENT = 45;

/** A place as a person in the room says it: R 50 P 12 F 265, mm from the scanner's origin. */
export function placeWords(place) {
  return place.map((mm, axis) => `${DIRECTIONS[axis][mm < 0 ? 0 : 1]} ${number(Math.abs(mm), 0)}`).join(" ");
}

function segment(ice, [name, field, words]) {
  const percent = ice[field];
  if (percent < NOTHING_PERCENT) return null;
  const shown = percent >= WORDS_FROM_PERCENT ? `${words}: ` : "";
  const node = el("span", name, `${shown}${number(percent, percent < 1 ? 1 : 0)} %`);
  node.style.flexGrow = Math.max(percent, LEAST_WIDTH_PERCENT);
  node.title = `margin ${words}: ${number(percent)} % of the surface`;
  return node;
}

/** The rows of a card that tell of ice; none where it is not known. */
export function iceRows(ice) {
  if (!ice) return [];
  const place = ice.place_mm ? `at ${placeWords(ice.place_mm)}` : "";
  const frozen = `ice of ${number(ice.frozen_cc, 0)} cm³`;
  return [
    el(
      "div",
      "margin-row",
      el("div", "margins", ...CLASSES.map((one) => segment(ice, one))),
      el("span", "margin-place", place),
    ),
    ice.unfrozen_cc >= UNFROZEN_FROM_CC
      ? el("div", "margin-place", `unfrozen ${number(ice.unfrozen_cc, 2)} cm³ outside ${frozen}`)
      : null,
    ice.without_baseline
      ? el("div", "unsure", "ice found without a scan from before freezing: much less sure")
      : null,
  ];
}
