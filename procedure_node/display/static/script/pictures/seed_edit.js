// The edit mode of the seeds: choose one to delete or move, or a place to add one, say why, send it.

import { desk, sendCommand } from "../command.js";
import { el } from "../dom.js";
import { number } from "../format.js";
import { mayGive, onPerson } from "../person.js";
import { seedWords } from "./seeds.js";

/** A click this near to a seed means it. */
const REACH_MM = 3;

/** A shorter drag is a click: the seed's direction is then not told. */
const DRAG_MM = 2;

const SEED_MM = 4.5;

const REASONS = {
  delete: ["surgical clip", "calcification", "needle or probe", "streak"],
  move: ["askew in the slices"],
  add: ["missed by the finder"],
  undo: ["a slip"],
};

function button(text, className, onClick) {
  const node = el("button", className, text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

/** The mode. It asks the pictures for repainting and tells them what to mark; its box lies over the
 * DVH, so that no picture is covered. */
export class SeedEdit {
  constructor(pictures, area) {
    this.pictures = pictures;
    this.box = el("div", "", "");
    this.box.id = "seed-edit";
    this.box.hidden = true;
    this.opener = button("Edit seeds", "", () => this.open());
    this.opener.id = "seed-edit-open";
    this.opener.hidden = true;
    area.querySelector('.pane[data-plane="axial"]').append(this.opener);
    area.append(this.box);
    this.on = false;
    this.forget();
    onPerson(() => this.showOpener());
    desk.addEventListener("logged-out", () => this.close());
  }

  forget() {
    this.action = null;
    this.seed = null;
    this.place = null;
    this.axis = null;
    this.mark = null;
    this.scanNumber = null;
    this.edit = null;
  }

  /** What the pictures are to mark; null outside of the mode. */
  marked() {
    return this.on ? { seed: this.seed?.seed ?? null, plane: this.mark?.plane, ends: this.mark?.ends } : null;
  }

  showOpener() {
    const seeds = this.pictures.focus?.seeds;
    this.opener.hidden = this.on || !seeds || !mayGive("delete-seed");
    if (this.on && !mayGive("delete-seed")) this.close();
  }

  /** The pictures follow another scan, or other seeds of it. */
  changed(isOtherScan) {
    this.showOpener();
    if (!this.on) return;
    if (isOtherScan && this.action) {
      this.forget();
      this.draw("A newer scan came: choose again");
    } else if (!this.action) {
      this.draw(this.told);
    }
  }

  open() {
    this.on = true;
    this.forget();
    this.pictures.hold();
    this.showOpener();
    this.draw();
  }

  close() {
    this.on = false;
    this.forget();
    this.box.hidden = true;
    this.showOpener();
    this.pictures.repaintAll();
  }

  /** A person pressed at `from` and let go at `to`, plane mm, in a pane. */
  take(pane, from, to, point) {
    const { section } = pane;
    this.scanNumber = pane.origin.focus.scan_number;
    const isDrag = Math.hypot(to[0] - from[0], to[1] - from[1]) >= DRAG_MM;
    const near = isDrag ? null : this.nearest(section, to);
    if (this.action === "move") this.put(section, from, to, isDrag, point);
    else if (near) this.choose(near);
    else {
      this.forget();
      this.scanNumber = pane.origin.focus.scan_number;
      this.action = "add";
      this.put(section, from, to, isDrag, point);
    }
    this.draw();
  }

  nearest(section, [right, down]) {
    const away = (seed) =>
      Math.hypot((seed.line[0] + seed.line[2]) / 2 - right, (seed.line[1] + seed.line[3]) / 2 - down);
    const seeds = section.seeds.filter((seed) => seed.seed !== null && away(seed) <= REACH_MM);
    return seeds.sort((a, b) => away(a) - away(b))[0] ?? null;
  }

  choose(seed) {
    this.action = "delete";
    this.seed = seed;
    this.place = null;
    this.mark = null;
  }

  put(section, from, to, isDrag, point) {
    const centre = isDrag ? [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] : to;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const way = isDrag ? [(to[0] - from[0]) / length, (to[1] - from[1]) / length] : [0, 0];
    const half = SEED_MM / 2;
    this.mark = {
      plane: section.plane,
      ends: [centre[0] - half * way[0], centre[1] - half * way[1], centre[0] + half * way[0], centre[1] + half * way[1]],
    };
    this.place = point(centre, section.position_mm);
    const origin = point([0, 0], 0);
    this.axis = isDrag ? point(way, 0).map((value, n) => value - origin[n]) : null;
  }

  /** What the box says and asks, by what is chosen. */
  draw(told = "") {
    this.told = told;
    this.box.hidden = false;
    const head = el(
      "div",
      "head",
      el("b", "", this.title()),
      button("Close", "close", () => this.close()),
    );
    this.box.replaceChildren(head, ...this.body(), el("div", "told", told));
    this.pictures.repaintAll();
  }

  title() {
    if (this.action === "add") return "Add a seed here";
    if (this.action === "undo") return `Take edit ${this.edit.number} back`;
    if (this.action === "move") return `Move seed ${this.seed.seed}`;
    if (this.seed) return `Seed ${this.seed.seed}`;
    return "Edit seeds";
  }

  body() {
    if (!this.action) {
      return [
        el("div", "", "Click a seed to delete or move it. Click a place to add one, or drag along the capsule."),
        ...this.edits(),
      ];
    }
    if (this.action === "move" && !this.place) {
      return [el("div", "", "Click where its middle is, or drag along it."), this.back()];
    }
    return [el("div", "", this.about()), this.form()];
  }

  about() {
    const place = this.place ?? this.seed?.center_mm;
    const at = place ? `x ${number(place[0])}, y ${number(place[1])}, z ${number(place[2])} mm` : "";
    if (this.action === "undo") return this.editWords(this.edit);
    if (this.action !== "delete") {
      return `${at}, scan ${this.scanNumber}${this.axis ? "" : "; without a direction it counts as a point"}`;
    }
    return [at, `scan ${this.scanNumber}`, seedWords(this.seed)].filter(Boolean).join(", ");
  }

  form() {
    const input = el("input", "");
    Object.assign(input, { name: "reason", required: true, minLength: 3, maxLength: 500, autocomplete: "off", placeholder: "Reason (for the record)" });
    const quick = REASONS[this.action].map((reason) =>
      button(reason, "quick", () => {
        input.value = reason;
        input.focus();
      }),
    );
    const send = el("button", "send", { delete: "Delete", move: "Move", add: "Add", undo: "Take back" }[this.action]);
    send.type = "submit";
    const form = el("form", "", input, el("div", "quicks", ...quick), el("div", "row", send, this.mover(), this.back()));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(input.value.trim(), send);
    });
    return form;
  }

  mover() {
    if (this.action !== "delete") return null;
    return button("Move it ...", "", () => {
      this.action = "move";
      this.draw();
    });
  }

  back() {
    return button("Back", "", () => {
      this.forget();
      this.draw();
    });
  }

  edits() {
    const rows = this.pictures.focus?.seeds?.edits ?? [];
    return [...rows].reverse().map((edit) =>
      el(
        "div",
        edit.withdrawn ? "edit dim" : "edit",
        el("span", "", this.editWords(edit)),
        edit.withdrawn
          ? "taken back"
          : button("Take back", "", () => {
              this.forget();
              this.action = "undo";
              this.edit = edit;
              this.draw();
            }),
      ),
    );
  }

  editWords(edit) {
    const seed = edit.seed === null ? "a seed" : `seed ${edit.seed}`;
    return `${edit.number}: scan ${edit.scan_number}, ${seed} ${edit.action.toLowerCase()} by ${edit.by}: ${edit.reason}`;
  }

  async send(reason, submit) {
    submit.disabled = true;
    const scan = this.scanNumber;
    const place = { center_mm: this.place, ...(this.axis ? { axis: this.axis } : {}) };
    const [name, body] = {
      delete: ["delete-seed", { seed: this.seed?.seed, scan, reason }],
      move: ["move-seed", { seed: this.seed?.seed, scan, reason, ...place }],
      add: ["add-seed", { scan, reason, ...place }],
      undo: ["undo-seed-edit", { edit: this.edit?.number, reason }],
    }[this.action];
    try {
      await sendCommand(name, body);
      this.forget();
      this.draw("Done: the dose is computed anew");
    } catch (refusal) {
      submit.disabled = false;
      this.box.querySelector(".told").textContent = `Refused: ${refusal.message}`;
    }
  }
}
