// Alerts: what is wrong, what to do, since when.

import { el, icon } from "./dom.js";
import { timer } from "./format.js";

/** More present alerts than these would push coverage off the screen: the rest is counted. */
const PRESENT_ROWS = 3;
const RESOLVED_ROWS = 1;

const PRIORITY_MARK = { HIGH: "triangle", MEDIUM: "triangle", LOW: "wait" };

function row(alert) {
  const told = [timer(alert.since_s), alert.present && alert.acknowledged ? "acknowledged" : ""];
  const classes = ["alert", alert.priority];
  if (!alert.present) classes.push("resolved");
  if (alert.acknowledged) classes.push("acknowledged");
  const mark = alert.present ? PRIORITY_MARK[alert.priority] : "check";
  const level = alert.present ? alert.priority : "RESOLVED";
  return el(
    "div",
    classes.join(" "),
    el("div", "level", icon(mark), ` ${level}`),
    el(
      "div",
      "",
      el("div", "text", alert.text),
      alert.present ? el("div", "action", `→ ${alert.action}`) : null,
    ),
    el("div", "told", ...told.filter(Boolean).map((text) => el("div", "", text))),
  );
}

export function drawAlerts(area, alerts) {
  const present = alerts.filter((alert) => alert.present);
  const resolved = alerts.filter((alert) => !alert.present);
  const parts = present.slice(0, PRESENT_ROWS).map(row);
  const hidden = present.slice(PRESENT_ROWS);
  if (!present.length) parts.push(el("div", "calm", icon("check"), " No alerts"));
  if (hidden.length) {
    const conditions = hidden.map((alert) => `${alert.condition} (${alert.subject})`).join(", ");
    parts.push(el("div", "more", `and ${hidden.length} more: ${conditions}`));
  } else {
    parts.push(...resolved.slice(0, RESOLVED_ROWS).map(row));
  }
  area.replaceChildren(...parts);
}
