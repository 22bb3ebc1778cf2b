// The trial's strategy: what each lesion is given and why, what dose and ice cover of it, technical
// success, time windows, deviations and what is to be asked at the end. It opens from the foot and
// lies over the pictures, so that alerts and coverage stay in sight.

import { sendCommand } from "./command.js";
import { el, icon } from "./dom.js";
import { clock, number, timer } from "./format.js";
import { placeWords } from "./ice.js";
import { mayGive, onPerson } from "./person.js";

const GIVEN = { SEEDS: "seeds", CRYO: "freezing" };
const WINDOW = { AHEAD: "not begun", RUNNING: "", KEPT: "kept", LATE: "LATE", UNSET: "length unset" };
const SHARES = [
  ["both", "both"],
  ["dose", "dose"],
  ["ice", "ice"],
  ["neither", "neither"],
];

let dialog = null;
let shown = null;
let isDrawn = false;

/** What the foot says of it: deviations first, for they want a reason. */
export function strategySummary(strategy) {
  const open = strategy.deviations.filter((deviation) => !deviation.reason).length;
  const late = strategy.windows.filter((window) => window.status === "LATE").length;
  const count = strategy.deviations.length;
  const words = count ? `${count} deviation${count > 1 ? "s" : ""}${open ? `, ${open} without a reason` : ""}` : "Strategy";
  const button = el("button", open || late ? "strategy busy" : "strategy", icon(open ? "question" : "check"), ` ${words}`);
  button.type = "button";
  button.addEventListener("click", toggle);
  return button;
}

function toggle() {
  if (dialog.open) dialog.close();
  else {
    dialog.show();
    redraw();
  }
}

function choiceRow(choice) {
  const given = choice.given ? GIVEN[choice.given] : "not allocated";
  const proposed = choice.proposed ? GIVEN[choice.proposed] : "nothing";
  const parts = [
    el("span", "key", choice.key),
    el("span", choice.given ? "given" : "given unknown", given),
    el("span", choice.overridden ? "proposed overridden" : "proposed dim", choice.overridden ? `proposed was ${proposed}` : `proposed ${proposed}`),
  ];
  const why = [choice.rule, choice.because].filter(Boolean).join(": ");
  const success =
    choice.shown === null
      ? null
      : el(
          "div",
          choice.shown ? "success met" : "success unknown",
          icon(choice.shown ? "check" : "question"),
          choice.shown ? " technical success shown" : ` technical success not shown: ${choice.missing.join("; ")}`,
        );
  return el(
    "div",
    "choice",
    el("div", "head", ...parts),
    why ? el("div", "dim", why) : null,
    choice.overridden ? el("div", "", `reason: ${choice.reason}`) : null,
    choice.given && !choice.proposed && choice.reason ? el("div", "dim", `decided: ${choice.reason}`) : null,
    success,
  );
}

function iceName(bar) {
  return bar.level_c === null ? "imaged ice" : `modelled ${number(bar.level_c, 0)} °C`;
}

function barRow(bar) {
  const strip = el("div", "strip");
  for (const [share, word] of SHARES) {
    const percent = bar[`${share}_percent`];
    if (percent < 0.5) continue;
    const piece = el("span", share, percent >= 12 ? `${word} ${number(percent, 0)} %` : "");
    piece.style.width = `${percent}%`;
    strip.append(piece);
  }
  const place = bar.place_mm ? ` at ${placeWords(bar.place_mm)}` : "";
  const range = `${number(bar.gap_low_cc, 1)}–${number(bar.gap_high_cc, 1)}`;
  const gap = bar.gap_cc >= 0.01 ? `neither ${number(bar.gap_cc, 2)} cm³ (${range})${place}` : "no gap";
  return el(
    "div",
    "bar",
    el("span", "", bar.structure),
    el("span", "dim", iceName(bar)),
    strip,
    el("span", bar.gap_cc >= 0.01 ? "gap" : "dim", gap),
  );
}

function lesionPart(story) {
  const scan = story.scan_number === null ? null : `dose of scan ${story.scan_number} with all ice seen or modelled so far`;
  return el(
    "section",
    "lesion",
    el("h3", "", story.lesion, el("span", "dim", ` ${story.facts}${story.bulky ? "; bulky" : ""}`)),
    ...story.choices.map(choiceRow),
    story.bars.length ? el("div", "dim", scan) : null,
    ...story.bars.map(barRow),
    ...story.warnings.map((words) => el("div", "reason", words)),
  );
}

function windowRow(window) {
  const late = window.status === "LATE";
  const left = window.left_s === null ? "" : `${timer(Math.abs(window.left_s))} ${window.left_s < 0 ? "over" : "left"}`;
  return el("div", late ? "row under" : "row", el("span", "", window.name), el("span", "", `${WINDOW[window.status]} ${left}`.trim()));
}

/** A box for a person's words, sent as one command. */
function box(label, command, body, field, choices) {
  if (!mayGive(command)) return null;
  const input = choices ? el("select", "", ...choices.map((word) => el("option", "", word))) : el("input", "");
  input.setAttribute("aria-label", label);
  const send = el("button", "", choices ? "Answer" : "Give reason");
  const told = el("span", "refused", "");
  const form = el("form", "box", input, send, told);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = choices ? Number(input.value.split(" ")[0]) : input.value.trim();
    if (text === "") return;
    send.disabled = true;
    try {
      await sendCommand(command, { ...body, [field]: text });
    } catch (refusal) {
      told.textContent = refusal.message;
    } finally {
      send.disabled = false;
    }
  });
  return form;
}

function deviationRow(deviation) {
  const reason = deviation.reason ? `${deviation.reason}${deviation.by ? ` (${deviation.by})` : ""}` : "no reason given";
  return el(
    "div",
    "deviation",
    el("div", "", el("span", "dim", `${clock(new Date(deviation.at))} `), deviation.what),
    el("div", deviation.reason ? "dim" : "unknown", reason),
    deviation.reason ? null : box(`Reason of: ${deviation.what}`, "explain-deviation", { deviation: deviation.deviation }, "reason"),
  );
}

const GRADES = ["0 did not happen", "1", "2", "3", "4", "5"];

function promptRow(prompt) {
  const answer = prompt.grade === null ? "not answered" : prompt.grade === 0 ? "did not happen" : `grade ${prompt.grade}`;
  const words = prompt.about === prompt.term.toLowerCase() ? prompt.term : `${prompt.about}: ${prompt.term}`;
  return el(
    "div",
    "deviation",
    el("div", "row", el("span", "", prompt.about === prompt.term ? prompt.about : words), el("span", prompt.grade === null ? "unknown" : "dim", answer)),
    prompt.grade === null ? box(`Grade of: ${prompt.term}`, "adverse-event", { term: prompt.term }, "grade", GRADES) : null,
  );
}

function group(title, parts, none) {
  return el("section", "", el("h3", "", title), ...(parts.length ? parts : [el("div", "dim", none)]));
}

/** Never under a person's hands: a box that is being written in is left alone. */
function redraw() {
  const writing = dialog.contains(document.activeElement) && document.activeElement.matches("input, select");
  if (!shown || !dialog.open || (writing && isDrawn)) return;
  dialog.querySelector(".lesions").replaceChildren(...shown.lesions.map(lesionPart));
  dialog.querySelector(".conduct").replaceChildren(
    group("Time windows", shown.windows.map(windowRow), "The protocol has none"),
    group("Deviations", shown.deviations.map(deviationRow), "None so far"),
    group("Adverse events, asked at closing", shown.prompts.map(promptRow), "The protocol asks about none"),
  );
  isDrawn = true;
}

export function setStrategy(strategy) {
  shown = strategy;
  if (!strategy && dialog.open) dialog.close();
  redraw();
}

export function startStrategy() {
  const close = el("button", "close", "Close");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  dialog = el(
    "dialog",
    "",
    el("header", "", el("b", "", "Strategy: lesions, zones and protocol"), close),
    el("div", "columns", el("div", "lesions"), el("div", "conduct")),
  );
  dialog.id = "strategy";
  dialog.setAttribute("aria-label", "Strategy");
  document.body.append(dialog);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") dialog.close();
  });
  onPerson(() => redraw());
}
