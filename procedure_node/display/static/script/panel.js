// The command panel: what the person at this page may tell the node, as forms. It lies over the
// pictures, so that alerts and coverage stay in sight.

import { ask, desk, sendCommand } from "./command.js";
import { el, openOverPictures } from "./dom.js";
import { onPerson, submitButton } from "./person.js";

/** What cannot be taken back is asked for twice. */
const FINAL = {
  close: "There is no reopening. Press again to close the procedure.",
  finish: "It cannot be taken back. Press again to say that it is finished.",
};

let panel = null;
let forms = [];
let chosen = null;

function words(name) {
  const text = name.replaceAll(/[-_]/g, " ");
  return text[0].toUpperCase() + text.slice(1);
}

/** The list of an input that may also be something else. */
function datalist(id, choices) {
  const list = el("datalist", "", ...choices.map((choice) => Object.assign(el("option", ""), { value: choice })));
  list.id = id;
  return list;
}

function control(field) {
  const isChosen = field.choices.length && field.kind !== "text";
  if (isChosen) {
    const options = field.choices.map((word) => Object.assign(el("option", "", word), { value: word }));
    if (!field.default) options.unshift(Object.assign(el("option", "", ""), { value: "" }));
    const select = Object.assign(el("select", "", ...options), { value: field.default });
    return [select];
  }
  const input = el("input", "");
  input.type = { whole: "number", number: "number", date: "date" }[field.kind] ?? "text";
  if (field.kind === "number") input.step = "any";
  if (field.kind === "point") input.placeholder = "x, y, z";
  input.autocomplete = "off";
  if (!field.choices.length) return [input];
  const list = datalist(`choices-${field.name}`, field.choices);
  input.setAttribute("list", list.id);
  if (field.required && field.choices.length === 1) input.value = field.choices[0];
  return [input, list];
}

function row(field) {
  const [input, list] = control(field);
  Object.assign(input, { name: field.name, required: field.required });
  return el(
    "label",
    "",
    el("span", "", words(field.name), field.required || field.default ? "" : el("span", "dim", " (may be empty)")),
    input,
    list ?? null,
    field.help ? el("span", "help dim", field.help) : null,
  );
}

/** A field's text as the node wants it. */
function value(field, text) {
  if (field.kind === "whole" || field.kind === "number") return Number(text);
  if (field.kind !== "point") return text;
  return text.split(/[\s,;]+/).filter(Boolean).map(Number);
}

function body(command, form) {
  const given = {};
  for (const field of command.fields) {
    const text = form.elements[field.name].value.trim();
    if (text) given[field.name] = value(field, text);
  }
  return given;
}

function commandForm(command) {
  const told = el("div", "told", "");
  const form = el("form", "", el("p", "", command.help), ...command.fields.map(row), told, submitButton(words(command.name)));
  let isAsked = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (FINAL[command.name] && !isAsked) {
      isAsked = true;
      told.className = "told ask";
      told.textContent = FINAL[command.name];
      return;
    }
    isAsked = false;
    const send = form.querySelector(".send");
    send.disabled = true;
    told.className = "told dim";
    told.textContent = "...";
    try {
      await sendCommand(command.name, body(command, form));
      await load();
      choose(command.name, el("div", "told done", `Done: ${words(command.name).toLowerCase()}`));
    } catch (refusal) {
      told.className = "told refused";
      told.textContent = `Refused: ${refusal.message}`;
    } finally {
      send.disabled = false;
    }
  });
  form.addEventListener("input", () => {
    isAsked = false;
  });
  return form;
}

function choose(name, told = null) {
  chosen = name;
  const command = forms.find((form) => form.name === name);
  for (const node of panel.querySelectorAll("nav button")) {
    node.setAttribute("aria-pressed", String(node.dataset.command === name));
  }
  const area = panel.querySelector(".form");
  area.replaceChildren(...[told, command ? commandForm(command) : null].filter(Boolean));
  area.querySelector("input, select")?.focus();
}

async function load() {
  forms = (await ask("GET", "/api/commands")).commands;
  panel.querySelector("nav").replaceChildren(
    ...forms.map((form) => {
      const node = el("button", "", words(form.name));
      node.type = "button";
      node.dataset.command = form.name;
      node.addEventListener("click", () => choose(form.name));
      return node;
    }),
  );
}

async function open() {
  if (panel.open) {
    panel.close();
    return;
  }
  try {
    await load();
    openOverPictures(panel);
    choose(chosen && forms.some((form) => form.name === chosen) ? chosen : forms[0]?.name);
  } catch (refusal) {
    openOverPictures(panel);
    panel.querySelector(".form").replaceChildren(el("div", "told refused", refusal.message));
  }
}

/** Make the panel; the control in the bar opens it, logging out closes it. */
export function startPanel() {
  const close = el("button", "close", "Close panel");
  close.type = "button";
  panel = el("dialog", "", el("header", "", el("b", "", "Commands"), close), el("nav", ""), el("div", "form"));
  panel.id = "panel";
  panel.setAttribute("aria-label", "Commands");
  document.body.append(panel);
  close.addEventListener("click", () => panel.close());
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") panel.close();
  });
  desk.addEventListener("panel", open);
  onPerson((person) => {
    if (!person) {
      panel.close();
      chosen = null;
    }
  });
}
