// Alarms: what is wrong, what to do, since when, and what people do about them.

import { sendCommand } from "./command.js";
import { el, icon } from "./dom.js";
import { timer } from "./format.js";
import { mayGive, onPerson } from "./person.js";

/** More present alerts than these would push coverage off the screen: the rest is counted. */
const PRESENT_ROWS = 3;
const RESOLVED_ROWS = 1;

const PRIORITY_MARK = { HIGH: "triangle", MEDIUM: "triangle", LOW: "wait" };

/** A button that gives a command; what is refused is told where the button was. */
export function commandButton(text, name, body, onRefused) {
  const node = el("button", "command", text);
  node.type = "button";
  node.addEventListener("click", async () => {
    node.disabled = true;
    try {
      await sendCommand(name, body);
    } catch (refusal) {
      onRefused(refusal.message);
      node.disabled = false;
    }
  });
  return node;
}

function isTold(alert) {
  return alert.present || alert.signal === "LATCHED";
}

function toldBeside(alert) {
  if (alert.signal === "LATCHED") return "gone; to be acknowledged";
  if (isTold(alert) && alert.acknowledged) return `seen${alert.acknowledged_by ? ` by ${alert.acknowledged_by}` : ""}`;
  return isTold(alert) && alert.escalated ? "UNANSWERED" : "";
}

function row(alert, effects, area) {
  const classes = ["alert", alert.priority];
  if (!isTold(alert)) classes.push("resolved");
  if (alert.signal === "LATCHED") classes.push("latched");
  if (alert.acknowledged) classes.push("acknowledged");
  if (alert.flashes) classes.push("flashes");
  if (alert.escalated) classes.push("escalated");
  const mark = isTold(alert) ? PRIORITY_MARK[alert.priority] : "check";
  const level = isTold(alert) ? alert.priority : "RESOLVED";
  const asks = ["ON", "LATCHED"].includes(alert.signal) && mayGive("acknowledge");
  return el(
    "div",
    classes.join(" "),
    el("div", "level", icon(mark), ` ${level}`),
    el("div", "line", el("div", "text", alert.text), el("div", "since", timer(alert.since_s))),
    isTold(alert)
      ? el(
          "div",
          "line",
          el("div", "action", `→ ${alert.action}`),
          el("div", "told", toldBeside(alert)),
          asks
            ? commandButton("Acknowledge", "acknowledge", { alert_id: alert.id }, (reason) =>
                area.append(el("div", "more refused", reason)),
              )
            : null,
        )
      : null,
    effects.length ? el("div", "effects", `It leads to: ${effects.map((one) => one.text).join("; ")}`) : null,
  );
}

/** Flashing goes by the page's own time, so that a row that is drawn again does not lose its beat. */
function keepBeat(area) {
  for (const animation of area.getAnimations({ subtree: true })) animation.startTime = 0;
}

let drawAgain = () => {};
onPerson(() => drawAgain());

export function drawAlerts(area, alerts) {
  drawAgain = () => drawAlerts(area, alerts);
  const told = alerts.filter(isTold);
  const ids = new Set(told.map((alert) => alert.id));
  const causes = told.filter((alert) => !ids.has(alert.caused_by));
  const effectsOf = (cause) => told.filter((alert) => alert.caused_by === cause.id);
  const resolved = alerts.filter((alert) => !isTold(alert));
  const parts = causes.slice(0, PRESENT_ROWS).map((alert) => row(alert, effectsOf(alert), area));
  const hidden = causes.slice(PRESENT_ROWS);
  if (!causes.length) parts.push(el("div", "calm", icon("check"), " No alerts"));
  if (hidden.length) {
    const conditions = hidden.map((alert) => `${alert.condition} (${alert.subject})`).join(", ");
    parts.push(el("div", "more", `and ${hidden.length} more: ${conditions}`));
  } else {
    const room = document.getElementById("sound").hidden ? RESOLVED_ROWS : 0;
    parts.push(...resolved.slice(0, room).map((alert) => row(alert, [], area)));
  }
  area.replaceChildren(...parts);
  keepBeat(area);
}
