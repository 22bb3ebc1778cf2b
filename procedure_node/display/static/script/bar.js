// The top of the page: where, who, by which protocol, and whether it is real.

import { el } from "./dom.js";
import { clock } from "./format.js";

const MODE_TEXT = {
  DEMO: "SIMULATED DATA FOR DEMONSTRATION: THIS IS NO PATIENT",
  TEST: "SIMULATED DATA FOR TESTING: THIS IS NO PATIENT",
};

function item(title, text, className = "") {
  return el("div", `item ${className}`, el("span", "dim", title), el("span", "", text));
}

export function drawBar(bar, page) {
  const header = page.procedure?.header;
  const parts = [el("div", "room", page.room || "Procedure node")];
  if (header) {
    const closed = header.closed_at ? ` (closed: ${header.outcome?.toLowerCase()})` : "";
    parts.push(
      item("Procedure", header.procedure_id + closed),
      item("Subject", header.subject),
      item(
        header.example_protocol ? "Protocol: EXAMPLE NUMBERS" : "Protocol",
        `${header.protocol}, version ${header.protocol_version}`,
        header.example_protocol ? "example" : "",
      ),
      item("Arm", header.arm, "arm"),
    );
  }
  parts.push(
    bar.querySelector("#person"),
    el("div", "advisory", "RESEARCH USE: ADVISORY, NOT A MEDICAL DEVICE"),
    el("div", "clock", bar.querySelector(".clock")?.textContent ?? ""),
  );
  bar.replaceChildren(...parts);
}

export function drawClock(bar, now) {
  const node = bar.querySelector(".clock");
  if (node) node.textContent = clock(now);
}

export function drawModeBand(band, mode) {
  band.hidden = !(mode in MODE_TEXT);
  if (!band.hidden) band.replaceChildren(el("span", "", mode), el("span", "", MODE_TEXT[mode]));
}
