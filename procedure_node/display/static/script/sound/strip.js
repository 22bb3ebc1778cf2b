// The line above the alarms: whether they can be heard, the check of the sound, and its pause.

import { commandButton } from "../alerts.js";
import { el, icon } from "../dom.js";
import { timer } from "../format.js";
import { mayGive, onPerson } from "../person.js";
import { burstLength } from "./bursts.js";
import { Speaker } from "./speaker.js";

const LOOK_EVERY_MS = 250;

/** At the check each priority is played once, with this pause between. */
const CHECK_PAUSE_S = 1;

/** A page that hears nothing from its node cannot know what to sound: that is an alarm of its own. */
const STALE_PRIORITY = "MEDIUM";

export const speaker = new Speaker();

let area = null;
let sound = null;
let toldAt = 0;
let isStale = false;
let isChecking = false;
let shown = "";

function isWanted() {
  return sound !== null && sound.checked;
}

/** What this page says of its sound to the node: on, off, or not wanted before it was checked. */
export function soundState() {
  if (!isWanted()) return "UNCHECKED";
  return speaker.isRunning() ? "ON" : "OFF";
}

/** What the node says is to be heard; null while no procedure is open. */
export function setSound(told) {
  sound = told;
  toldAt = performance.now();
  if (isWanted() && speaker.context === null) speaker.start();
  look();
}

/** Whether the page hears its node. */
export function setStale(stale) {
  isStale = stale;
}

function pausedS() {
  if (!sound?.paused_s) return 0;
  return Math.max(0, sound.paused_s - (performance.now() - toldAt) / 1000);
}

async function check() {
  isChecking = true;
  draw();
  await speaker.start();
  for (const priority of ["LOW", "MEDIUM", "HIGH"]) {
    if (!speaker.isRunning()) break;
    speaker.play(priority);
    await new Promise((done) => setTimeout(done, 1000 * (burstLength(priority) + CHECK_PAUSE_S)));
  }
}

function button(text, onClick) {
  const node = el("button", "", text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

function refuse(reason) {
  area.append(el("span", "refused", reason));
}

function checkParts() {
  if (!isChecking) return [button(speaker.context ? "Check again" : "Check sound", check)];
  if (!speaker.isRunning()) return [el("span", "", "this screen makes no sound")];
  if (!mayGive("sound-check")) return [el("span", "", "log in to say whether you heard it")];
  return [
    el("span", "", "Heard in the room?"),
    commandButton("Heard", "sound-check", { heard: "yes" }, refuse),
    commandButton("Not heard", "sound-check", { heard: "no" }, refuse),
  ];
}

function parts() {
  if (sound === null) return [];
  if (!isWanted()) {
    return [icon("mute"), el("b", "", " NO ALARM SOUND: not checked in this procedure"), ...checkParts()];
  }
  if (!speaker.isRunning()) {
    return [
      icon("mute"),
      el("b", "bad", " NO ALARM SOUND AT THIS SCREEN: the browser holds it back"),
      button("Turn on", () => speaker.start().then(draw)),
    ];
  }
  const left = pausedS();
  if (left > 0) {
    return [
      icon("mute"),
      el("b", "", " SOUND PAUSED "),
      el("b", "left", ""),
      el("span", "", ` by ${sound.paused_by}`),
      mayGive("resume-alarms") ? commandButton("Resume", "resume-alarms", {}, refuse) : null,
    ];
  }
  if (sound.priority && mayGive("pause-alarms")) {
    return [commandButton("Pause sound for 2 min", "pause-alarms", {}, refuse)];
  }
  return [];
}

function draw() {
  const signature = JSON.stringify([
    sound && [sound.checked, Boolean(sound.priority), sound.paused_by],
    speaker.trouble(),
    isChecking,
    pausedS() > 0,
    ["sound-check", "pause-alarms", "resume-alarms"].map(mayGive),
  ]);
  if (signature !== shown) {
    shown = signature;
    const all = parts().filter(Boolean);
    area.hidden = !all.length;
    area.classList.toggle("trouble", isWanted() && !speaker.isRunning());
    area.replaceChildren(...all);
  }
  const left = area.querySelector(".left");
  if (left) left.textContent = timer(Math.ceil(pausedS()));
}

function look() {
  if (sound?.checked) isChecking = false;
  const stale = isStale && sound !== null ? STALE_PRIORITY : null;
  if (isWanted()) speaker.keep(stale ?? sound.priority);
  draw();
}

/** Show the line in an element, and sound from now on what is told. */
export function startSound(where) {
  area = where;
  onPerson(draw);
  setInterval(look, LOOK_EVERY_MS);
}
