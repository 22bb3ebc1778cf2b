// Coverage cards. A verdict is a colour, a mark and a word, never a colour alone.

import { el, icon } from "./dom.js";
import { age, amount, number } from "./format.js";
import { iceRows } from "./ice.js";

const MARK = { COVERED: "check", UNDER: "triangle", UNKNOWN: "question" };
const FACT_MARK = { met: "check", unmet: "triangle", unknown: "question" };
const MODALITY = { SEEDS: "seeds", CRYO: "freezing" };

/** Which cards stay when there are too many: what needs somebody comes first. */
const URGENCY = { UNDER: 0, UNKNOWN: 1, COVERED: 2 };
const CARDS = 6;

/** With more cards than these each has less to say. */
export const ROOMY_CARDS = 4;

function factRow(fact) {
  const state = fact.met === null ? "unknown" : fact.met ? "met" : "unmet";
  const wanted = fact.wanted === null ? "not set" : `≥ ${amount(fact.wanted)} ${fact.unit}`;
  return el(
    "div",
    `fact ${state}`,
    el("span", "", fact.quantity),
    el("span", "actual", icon(FACT_MARK[state]), ` ${fact.actual === null ? "–" : amount(fact.actual)}`),
    el("span", "dim", bandOf(fact), wanted),
    el("span", "evidence", fact.evidence.toLowerCase()),
  );
}

/** What the figure may be: the 5th to the 95th percentile by its errors. */
function bandOf(fact) {
  if (fact.low === null || fact.high === null) return null;
  const [low, high] = [fact.low, fact.high].map((value) => number(value, 0));
  if (low === high) return null;
  const to = fact.low < 0 ? " to " : "–";
  return el("span", fact.within_error ? "band unsure" : "band", `${low}${to}${high} `);
}

/** Where most of what is too cold lies: how much, how cold, how far from a seed. */
function coldRow(cold) {
  if (!cold) return null;
  const volume = number(cold.volume_cc, cold.volume_cc < 1 ? 2 : 1);
  const least = `least ${number(cold.least_dose_gy, 0)} Gy`;
  const seed = cold.nearest_seed_mm === null ? "" : `, seed ${number(cold.nearest_seed_mm, 0)} mm off`;
  const others = cold.parts > 1 ? `, +${cold.parts - 1} more` : "";
  return el("div", "cold", `cold ${volume} cm³, ${least}${seed}${others}`);
}

/** That a verdict of covered or under could be the other one; of ice, the band's colour says so. */
function unsureRow(target) {
  if (target.modality === "CRYO") return null;
  const unsure = target.facts.filter((fact) => fact.within_error).map((fact) => fact.quantity);
  return unsure.length ? el("div", "unsure", `${unsure.join(" and ")}: within the error of the dose`) : null;
}

function seedRow(seeds) {
  const agree = seeds.found === seeds.reported;
  const state = seeds.found === null ? "unknown" : agree ? "met" : "unmet";
  const none = seeds.found === 0 && seeds.reported === 0;
  return el(
    "div",
    none ? "fact" : `fact ${state}`,
    el("span", "", "seeds seen"),
    el("span", "actual", none ? null : icon(FACT_MARK[state]), ` ${seeds.found ?? "–"}`),
    el("span", "dim", `of ${seeds.reported} reported`),
  );
}

function card(target, onLook) {
  const origin = [];
  if (target.scan_number !== null) origin.push(`scan ${target.scan_number}`);
  if (target.age_s !== null) origin.push(`${age(target.age_s)} old`);
  const unknown = target.verdict === "UNKNOWN";
  const node = el(
    "div",
    `target ${target.verdict} ${target.modality ?? ""}${unknown ? " hatched" : ""}`,
    el(
      "div",
      "head",
      el("span", "name", target.key),
      el("span", "verdict", icon(MARK[target.verdict]), ` ${target.verdict}`),
    ),
    el(
      "div",
      "sub",
      el(
        "span",
        "",
        `${MODALITY[target.modality] ?? "not allocated"}, ${target.finished ? "finished" : "in progress"}`,
      ),
      el("span", "", origin.join(", ")),
    ),
    ...target.facts.map(factRow),
    ...iceRows(target.ice),
    unsureRow(target),
    coldRow(target.cold),
    target.seeds ? seedRow(target.seeds) : null,
    target.research_data ? el("div", "unsure", "dose from research data, not consensus data") : null,
    ...target.unknown_reasons.slice(0, 2).map((reason) => el("div", "reason", reason)),
  );
  node.addEventListener("click", () => onLook(target));
  return node;
}

export function drawTargets(area, targets, onLook) {
  let shown = targets;
  if (targets.length > CARDS) {
    shown = [...targets].sort((a, b) => URGENCY[a.verdict] - URGENCY[b.verdict]).slice(0, CARDS);
  }
  const compact = shown.length > ROOMY_CARDS;
  area.classList.toggle("compact", compact);
  area.style.setProperty("--columns", compact ? 3 : Math.max(1, Math.min(2, shown.length)));
  const parts = shown.map((target) => card(target, onLook));
  if (!parts.length) parts.push(el("div", "calm", "No target is drawn or allocated yet"));
  if (shown.length < targets.length) {
    const names = targets.filter((target) => !shown.includes(target));
    const words = names.map((target) => `${target.key} ${target.verdict}`).join(", ");
    parts.push(el("div", "more", `and ${words}`));
  }
  area.replaceChildren(...parts);
}
