// The bottom of the page: links, scans and the way of the record.

import { el, icon } from "./dom.js";
import { strategySummary } from "./strategy.js";

const LINK = {
  CONNECTED: ["check", "good", ""],
  CONNECTING: ["wait", "busy", "connecting"],
  NEGOTIATING: ["wait", "busy", "negotiating"],
  DISCONNECTED: ["cross", "bad", "LOST"],
  TERMINAL: ["cross", "bad", "OFF"],
};

const SCAN = {
  ARRIVING: ["wait", "busy", "arriving"],
  ANALYSING: ["wait", "busy", "being analysed"],
  ANALYSED: ["check", "good", "analysed"],
  FAILED: ["cross", "bad", "analysis failed"],
  REFUSED: ["cross", "bad", "refused"],
};

const RECORD = {
  NOT_DUE: ["pause", "dim", "record not due"],
  QUEUED: ["wait", "busy", "record waits to be sent"],
  CONFIRMED: ["check", "good", "record confirmed by the EDC"],
  REJECTED: ["cross", "bad", "record refused by the EDC"],
};

/** Older scans than these are not told at the foot. */
const SCANS = 3;

function told([mark, className, word], name = "") {
  const text = [name, word].filter(Boolean).join(" ");
  return el("span", className, icon(mark), ` ${text}`);
}

export function drawFoot(foot, page) {
  const links = page.links.map((link) => told(LINK[link.state], link.name));
  const scans = (page.procedure?.scans ?? []).slice(-SCANS);
  const parts = [el("div", "group", el("span", "dim", "Links"), ...links)];
  parts.push(
    el(
      "div",
      "group scans",
      ...(scans.length ? scans : []).map((scan) => told(SCAN[scan.status], `Scan ${scan.number}`)),
      page.procedure && !scans.length ? el("span", "dim", "No scan yet") : null,
    ),
  );
  if (page.procedure) parts.push(strategySummary(page.procedure.strategy));
  if (page.procedure) parts.push(el("div", "group", told(RECORD[page.procedure.record.status])));
  foot.replaceChildren(...parts);
}
