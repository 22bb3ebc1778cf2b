// Who is logged in at this page: the control in the bar, and the time until it ends by itself.

import { ask, desk } from "./command.js";
import { el, openOverPictures } from "./dom.js";
import { timer } from "./format.js";

/** Using the page prolongs the login, told to the node no more often than this. */
const PROLONG_EVERY_MS = 10_000;

const SOON_S = 60;

let person = null;
let canLogIn = false;
let endsAt = 0;
let prolongedAt = 0;
const listeners = [];

/** Call `listener(person)` now and whenever somebody logs in or out; null when nobody is. */
export function onPerson(listener) {
  listeners.push(listener);
  listener(person);
}

/** Whether the person at this page may give a command. */
export function mayGive(name) {
  return person !== null && person.commands.includes(name);
}

function take(told) {
  canLogIn = told.can_log_in;
  const before = JSON.stringify([person?.name, person?.commands]);
  person = told.person;
  if (person) endsAt = performance.now() + 1000 * person.left_s;
  if (JSON.stringify([person?.name, person?.commands]) === before && area.childElementCount) return;
  draw();
  for (const listener of listeners) listener(person);
}

/** Ask the node; while it does not answer, nobody new is shown and the countdown goes on. */
async function refresh() {
  try {
    take(await ask("GET", "/api/session"));
  } catch {
    if (!area.childElementCount) setTimeout(refresh, 2000);
  }
}

let area = null;
let dialog = null;

function button(text, className, onClick) {
  const node = el("button", className, text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

function draw() {
  if (!person) {
    area.replaceChildren(canLogIn ? button("Log in", "log-in", openDialog) : "");
    return;
  }
  area.replaceChildren(
    el(
      "div",
      "who",
      el("span", "", el("b", "name", person.name), el("span", "dim", ` ${person.title}`)),
      el("span", "left dim", ""),
    ),
    button("Commands", "open-panel", () => desk.dispatchEvent(new Event("panel"))),
    button("Log out", "log-out", logOut),
  );
  drawLeft();
}

function drawLeft() {
  if (!person) return;
  const leftS = (endsAt - performance.now()) / 1000;
  if (leftS <= 0) {
    take({ can_log_in: canLogIn, person: null });
    return;
  }
  const node = area.querySelector(".left");
  node.textContent = `logs out in ${timer(Math.ceil(leftS))}`;
  node.classList.toggle("busy", leftS <= SOON_S);
}

async function logOut() {
  try {
    take(await ask("DELETE", "/api/session"));
  } catch (refusal) {
    area.querySelector(".left").textContent = refusal.message;
  }
}

function field(label, name, type, autocomplete) {
  const input = el("input", "");
  Object.assign(input, { name, type, autocomplete, required: true, maxLength: 128 });
  return el("label", "", el("span", "", label), input);
}

function openDialog() {
  dialog.querySelector("form").reset();
  dialog.querySelector(".refused").textContent = "";
  openOverPictures(dialog);
  dialog.querySelector("input").focus();
}

function makeDialog() {
  const form = el(
    "form",
    "",
    field("Name", "name", "text", "off"),
    field("Password", "password", "password", "off"),
    el("div", "refused", ""),
    el("div", "buttons", button("Cancel", "", () => dialog.close()), submitButton("Log in")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    const told = form.querySelector(".refused");
    told.textContent = "...";
    try {
      take(await ask("POST", "/api/session", given));
      dialog.close();
    } catch (refusal) {
      told.textContent = refusal.message;
      form.elements.password.value = "";
      form.elements.password.focus();
    }
  });
  const node = el("dialog", "", form);
  node.id = "login";
  node.setAttribute("aria-label", "Log in");
  document.body.append(node);
  return node;
}

/** The button that sends a form. */
export function submitButton(text) {
  const node = el("button", "send", text);
  node.type = "submit";
  return node;
}

async function prolong() {
  if (!person || performance.now() - prolongedAt < PROLONG_EVERY_MS) return;
  prolongedAt = performance.now();
  try {
    take(await ask("PUT", "/api/session"));
  } catch {
    drawLeft();
  }
}

/** Show the control in an element of the bar. */
export function startPerson(where) {
  area = where;
  dialog = makeDialog();
  desk.addEventListener("acted", refresh);
  desk.addEventListener("logged-out", () => take({ can_log_in: canLogIn, person: null }));
  for (const use of ["pointerdown", "keydown"]) addEventListener(use, prolong);
  setInterval(drawLeft, 250);
  refresh();
}
