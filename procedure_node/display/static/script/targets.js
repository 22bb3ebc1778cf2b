// Coverage cards. A verdict is a colour, a mark and a word, never a colour alone.

import { el, icon } from "./dom.js";
import { age, amount } from "./format.js";

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
    el("span", "dim", wanted),
    el("span", "evidence", fact.evidence.toLowerCase()),
  );
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
    `target ${target.verdict}${unknown ? " hatched" : ""}`,
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
    target.seeds ? seedRow(target.seeds) : null,
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
