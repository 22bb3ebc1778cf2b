// What the bioheat model says of the cold, over the axial picture: always with the word MODELLED,
// how sure it is, and what it was corrected by.

import { el } from "./dom.js";
import { number } from "./format.js";
import { isothermSample } from "./pictures/isotherms.js";

/** More lesions than these are told in a line of words. */
const CARDS = 2;

/** Targets of a lesion that are told in full: the whole and its core, or two zones. */
const TARGETS = 2;

/** An organ farther away than this is not in question. */
const NEAR_MM = 20;

const KEYS = { "-40": "−40 °C", "-20": "−20 °C" };

function digits(value) {
  return value < 10 ? 1 : 0;
}

/** A figure and its band: 11 (4.3–22). */
function banded(figure, unit) {
  const places = digits(figure.best);
  const best = `${number(figure.best, places)} ${unit}`;
  if (figure.low === null || figure.high === null) return `${best}, no band`;
  return `${best} (${[figure.low, figure.high].map((value) => number(value, places)).join("–")})`;
}

function keyRow(card) {
  const keys = card.lowest_cc.map((figure) =>
    el("span", "cold-key", isothermSample(String(figure.level_c)), `${KEYS[figure.level_c]} `, el("b", "", banded(figure, "cm³"))),
  );
  if (card.ice_cc) keys.push(el("span", "cold-key", isothermSample("0"), "0 °C now ", el("b", "", banded(card.ice_cc, "cm³"))));
  return el("div", "cold-keys", ...keys);
}

function targetRow(target) {
  const shares = target.within_percent.map((figure) => `${KEYS[figure.level_c]} ${banded(figure, "%")}`);
  return el("div", "", `${target.structure} within ${shares.join(", ")}`);
}

function organRow(organ) {
  const nearest = organ.nearest_mm === null ? "" : `, perhaps ${number(organ.nearest_mm, 0)}`;
  const limit = organ.limit_mm === null ? "" : `, wanted ≥ ${number(organ.limit_mm, 0)}`;
  const words = `modelled ice ${number(organ.ice_distance_mm, 0)} mm from ${organ.name}${nearest}${limit}`;
  return el("div", organ.status === "OVER" ? "cold-warning" : "", words);
}

/** The nearest organ of those that are drawn, if it is near, and those of which nothing is known. */
function organRows(card) {
  const near = card.organs.filter((organ) => organ.ice_distance_mm < NEAR_MM).slice(0, 1).map(organRow);
  const undrawn = card.undrawn_organs.join(", ");
  return undrawn ? [...near, el("div", "cold-warning", `organs not drawn: ${undrawn}`)] : near;
}

function modelledCard(card) {
  const correction = card.corrected_by ? `corrected by ${card.corrected_by.replaceAll("-", "−")}` : "not corrected by anything seen";
  const more = card.warnings.length > 1 ? ` (+${card.warnings.length - 1})` : "";
  return [
    keyRow(card),
    ...card.targets.slice(0, TARGETS).map(targetRow),
    ...organRows(card),
    el("div", card.corrected_by ? "" : "dim", correction),
    card.warnings.length ? el("div", "cold-warning", card.warnings[0] + more) : null,
  ];
}

function unknownCard(card, title) {
  const word = card.status === "CATCHING_UP" ? "CATCHING UP" : "UNKNOWN";
  return el("div", "cold-card hatched", el("div", "", title, el("b", "cold-unknown", ` ${word}: `), card.reason));
}

/** One lesion in full, the others in a line: the picture is not to be covered. */
function drawCard(card, place) {
  const freeze = card.freeze ? `, freeze ${card.freeze}${card.freezing ? " going on" : ""}` : "";
  const title = el("span", "cold-title", `MODELLED cold, ${card.lesion}${freeze}`);
  if (card.status !== "MODELLED") return unknownCard(card, title);
  const volumes = card.lowest_cc.map((figure) => `${KEYS[figure.level_c]} ${banded(figure, "cm³")}`);
  if (place > 0) return el("div", "cold-card", title, ` ${volumes.join(", ")}`);
  return el("div", "cold-card", el("div", "", title), ...modelledCard(card));
}

/** The lesions that freeze now come first, then the latest. */
export function drawCold(area, cards) {
  const ordered = [...cards].reverse().sort((a, b) => Number(b.freezing) - Number(a.freezing));
  const shown = ordered.slice(0, CARDS);
  const others = ordered.slice(CARDS).map((card) => `${card.lesion} ${card.status.toLowerCase().replace("_", " ")}`);
  area.hidden = !cards.length;
  area.replaceChildren(...shown.map(drawCard), ...(others.length ? [el("div", "dim", `and ${others.join(", ")}`)] : []));
}
