// Takes what the node says to the parts of the page.

import { drawAlerts } from "./alerts.js";
import { drawClocks } from "./clock.js";
import { el } from "./dom.js";
import { drawCold } from "./cold.js";
import { confirmShown } from "./confirm.js";
import { drawDvh } from "./dvh.js";
import { drawBar, drawClock, drawModeBand } from "./bar.js";
import { drawFoot } from "./foot.js";
import { age, clock } from "./format.js";
import { NodeLink } from "./link.js";
import { drawOrgans } from "./organs.js";
import { startPanel } from "./panel.js";
import { startPerson } from "./person.js";
import { Pictures } from "./pictures/pictures.js";
import { PlaceCheck } from "./places.js";
import { setSound, setStale, startSound } from "./sound/strip.js";
import { setStrategy, startStrategy } from "./strategy.js";
import { drawTargets, ROOMY_CARDS } from "./targets.js";
import { drawTemperatures } from "./temperatures.js";

const part = (id) => document.getElementById(id);
const pictures = new Pictures(part("pictures"), part("picture-bar"));
const placeCheck = new PlaceCheck(part("pictures"));
const drawn = new Map();
let softwareVersion = null;
let clockOffsetMs = 0;

/** Draw a part again only when what it shows has changed. */
function draw(name, value, how) {
  const text = JSON.stringify(value);
  if (drawn.get(name) === text) return;
  how(value);
  drawn.set(name, text);
}

function showPage(page, serverTime) {
  if (softwareVersion !== null && softwareVersion !== page.software_version) location.reload();
  softwareVersion = page.software_version;
  const procedure = page.procedure;
  document.body.classList.remove("waiting");
  draw("bar", [page.room, procedure?.header], () => drawBar(part("bar"), page));
  draw("mode", procedure?.header.mode, (mode) => drawModeBand(part("mode-band"), mode));
  draw("foot", [page.links, procedure?.scans, procedure?.record, procedure?.strategy], () => drawFoot(part("foot"), page));
  for (const id of ["pictures", "facts"]) part(id).hidden = !procedure;
  part("idle").hidden = Boolean(procedure);
  part("idle").replaceChildren(
    "No procedure is open",
    el("div", "dim", page.running ? "The node is running." : "The node is stopping."),
  );
  const followed = [procedure?.focus ?? null, procedure?.header.procedure_id ?? null];
  draw("focus", followed, ([focus, procedureId]) => pictures.follow(focus, procedureId));
  draw("strategy", procedure?.strategy ?? null, setStrategy);
  draw("places", procedure?.places ?? null, (places) => placeCheck.show(places));
  if (!procedure) {
    draw("sound", null, setSound);
    return;
  }
  draw("margins", procedure.targets.filter((target) => target.ice), (targets) => pictures.setMargins(targets));
  draw("cold", procedure.cold, (cards) => {
    drawCold(part("cold"), cards);
    pictures.setCold(cards);
  });
  draw("sound", procedure.header.closed_at ? null : procedure.alarm_sound, setSound);
  draw("alerts", procedure.alerts, (alerts) => drawAlerts(part("alerts"), alerts));
  draw("targets", procedure.targets, (targets) =>
    drawTargets(part("targets"), targets, (target) => pictures.lookAt(target.structure, target.ice?.place_mm)),
  );
  const organRoom = procedure.targets.length > ROOMY_CARDS ? 3 : 4;
  draw("organs", [procedure.organs, procedure.frozen, organRoom], ([organs, frozen, room]) =>
    drawOrgans(part("organs"), organs, frozen, room),
  );
  draw("dvh", [procedure.dvh, procedure.header.prescription_gy], ([dvh, prescriptionGy]) =>
    drawDvh(part("dvh"), dvh, prescriptionGy),
  );
  draw("clocks", [procedure.lesions, procedure.probes.map(({ curve, spans, ...probe }) => probe)], ([lesions, probes]) =>
    drawClocks(part("clocks"), lesions, probes),
  );
  drawTemperatures(part("temperatures"), procedure, serverTime);
}

function showHeard(serverTime, nonce) {
  confirmShown(nonce);
  clockOffsetMs = serverTime.getTime() - Date.now();
  document.body.classList.remove("stale");
  part("stale-band").hidden = true;
  setStale(false);
  pictures.retry();
}

function showSilence({ silentMs, lastHeard }) {
  document.body.classList.add("stale");
  setStale(true);
  const detail = lastHeard
    ? `Nothing heard from the node for ${age(Math.floor(silentMs / 1000))}. ` +
      `What you see is from ${clock(lastHeard)}: do not act on it.`
    : `Nothing heard from the node yet: waiting for ${age(Math.floor(silentMs / 1000))}.`;
  part("stale-band").replaceChildren(el("div", "title", "DATA STALE"), el("div", "detail", detail));
  part("stale-band").hidden = false;
}

startPerson(part("person"));
startPanel();
startStrategy();
startSound(part("sound"));
new NodeLink({ onPage: showPage, onHeard: showHeard, onSilence: showSilence });
setInterval(() => drawClock(part("bar"), new Date(Date.now() + clockOffsetMs)), 250);
