// The check view: where the contours lie in the newest scan. Both CTs over each other, in colours
// and as a checkerboard, with the contours, and a person's word on them.

import { sendCommand } from "./command.js";
import { colour, el, icon, rem } from "./dom.js";
import { mayGive, onPerson } from "./person.js";

const PLANES = ["axial", "coronal", "sagittal"];
const FIELD_MM = 15;

const VERDICT = {
  ACCEPTED: ["check", "good", "CHECKED BY THE IMAGES"],
  CONFIRMED: ["check", "good", "CONFIRMED"],
  UNCHECKED: ["question", "unchecked", "NOT CHECKED BY THE IMAGES"],
  DOUBTFUL: ["question", "busy", "IN DOUBT: LOOK AND SAY"],
  FAILED: ["cross", "bad", "FAILED: LOOK AND SAY"],
  REFUSED: ["cross", "bad", "REFUSED"],
};

const ACTS = { "confirm-registration": "Confirm: they lie right", "refuse-registration": "Refuse: they lie wrong" };

async function fetchCheck(places, lesion, plane) {
  const query = `plane=${plane}&edition=${places.edition}`;
  const answer = await fetch(`/api/scans/${places.token}/check/${encodeURIComponent(lesion)}?${query}`);
  if (!answer.ok) throw new Error((await answer.json()).error);
  const body = await answer.arrayBuffer();
  const length = new DataView(body).getUint32(0, true);
  const check = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, length)));
  const count = check.rows * check.columns;
  check.planning = new Uint8Array(body, 4 + length, count);
  check.scan = new Uint8Array(body, 4 + length + count, count);
  return check;
}

/** Where both agree it is grey; what only the planning CT has is orange, only the scan blue. */
function blended(check, n) {
  const [planning, scan] = [check.planning[n], check.scan[n]];
  if (!planning || !scan) return [(planning || scan) >> 2, (planning || scan) >> 2, (planning || scan) >> 2];
  return [planning, (planning + scan) >> 1, scan];
}

/** Fields of one CT and of the other in turn: edges must run on from field to field. */
function chequered(check, n) {
  const field = Math.max(1, Math.round(FIELD_MM / check.pixel_mm));
  const [row, column] = [Math.floor(n / check.columns / field), Math.floor((n % check.columns) / field)];
  const grey = (row + column) % 2 === 0 ? check.planning[n] : check.scan[n];
  return [grey, grey, grey];
}

function picture(check, shade) {
  const image = new ImageData(check.columns, check.rows);
  for (let n = 0; n < check.rows * check.columns; n += 1) image.data.set([...shade(check, n), 255], 4 * n);
  const canvas = new OffscreenCanvas(check.columns, check.rows);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function outlined(ctx, text, x, y, align, baseline) {
  Object.assign(ctx, { textAlign: align, textBaseline: baseline, strokeStyle: "#000", fillStyle: "#fff" });
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

function paint(canvas, check, shade, caption, targets) {
  const side = Math.round(Math.min(canvas.clientWidth, canvas.clientHeight) * devicePixelRatio);
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
  const ctx = canvas.getContext("2d");
  const [left, top] = [(canvas.width - side) / 2, (canvas.height - side) / 2];
  const unit = rem() * devicePixelRatio;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(picture(check, shade), left, top, side, side);
  const scale = side / (check.columns * check.pixel_mm);
  for (const outline of check.outlines) {
    for (const line of outline.lines) {
      ctx.beginPath();
      for (let n = 0; n < line.length; n += 2) {
        ctx.lineTo(canvas.width / 2 + line[n] * scale, canvas.height / 2 + line[n + 1] * scale);
      }
      ctx.strokeStyle = "rgb(0 0 0 / 0.7)";
      ctx.lineWidth = 0.3 * unit;
      ctx.stroke();
      ctx.strokeStyle = colour(targets.includes(outline.name) ? "target" : "organ");
      ctx.lineWidth = 0.15 * unit;
      ctx.stroke();
    }
  }
  ctx.lineWidth = 0.22 * unit;
  ctx.font = `bold ${1.05 * unit}px ${getComputedStyle(document.body).fontFamily}`;
  const [l, r, t, b] = check.labels;
  const edge = 0.3 * unit;
  outlined(ctx, l, left + edge, canvas.height / 2, "left", "middle");
  outlined(ctx, r, left + side - edge, canvas.height / 2, "right", "middle");
  outlined(ctx, t, canvas.width / 2, top + edge, "center", "top");
  outlined(ctx, b, canvas.width / 2, top + side - edge, "center", "bottom");
  outlined(ctx, caption, left + edge, top + side - edge, "left", "bottom");
  if (check.mode !== "REAL") outlined(ctx, check.mode, left + side - edge, top + side - edge, "right", "bottom");
}

/** The check view over the pictures, and the mark that opens it. */
export class PlaceCheck {
  constructor(area) {
    this.places = null;
    this.lesion = null;
    this.asked = 0;
    this.mark = el("button", "place-mark", "");
    this.mark.type = "button";
    this.mark.addEventListener("click", () => this.toggle());
    this.panel = el("div", "place-panel", "");
    this.panel.setAttribute("aria-label", "Where the contours lie");
    this.panel.hidden = true;
    area.querySelector('.pane[data-plane="axial"]').append(this.mark);
    area.append(this.panel);
    new ResizeObserver(() => this.repaint()).observe(this.panel);
    addEventListener("keydown", (event) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest("input, select, textarea");
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.toLowerCase() === "c") this.toggle();
      if (event.key === "Escape") this.close();
    });
    onPerson(() => this.drawAct());
  }

  show(places) {
    this.places = places;
    this.mark.hidden = !places;
    if (!places) {
      this.close();
      return;
    }
    this.drawMark();
    if (!places.rows.some((row) => row.lesion === this.lesion)) this.lesion = null;
    if (!this.panel.hidden) this.draw();
  }

  drawMark() {
    const { rows, scan_number: number } = this.places;
    const worst = ["FAILED", "DOUBTFUL", "REFUSED", "UNCHECKED", "CONFIRMED", "ACCEPTED"];
    const verdict = worst.find((one) => rows.some((row) => row.verdict === one));
    const [mark, className] = VERDICT[verdict];
    const waiting = rows.filter((row) => row.needs_word).map((row) => row.lesion);
    const refused = rows.filter((row) => row.verdict === "REFUSED").map((row) => row.lesion);
    let words = verdict === "UNCHECKED" ? "Contours not checked" : "Contours checked";
    if (refused.length) words = `Contours refused: ${refused.join(", ")}`;
    if (waiting.length) words = `CONTOURS IN DOUBT: ${waiting.join(", ")} `;
    this.mark.className = `place-mark ${className}${waiting.length ? " asks" : ""}`;
    this.mark.replaceChildren(icon(mark), ` ${words}`);
    if (waiting.length) this.mark.append(el("span", "line", `in scan ${number}. Press C to look`));
  }

  toggle() {
    if (!this.places) return;
    if (!this.panel.hidden) {
      this.close();
      return;
    }
    this.panel.hidden = false;
    this.draw();
  }

  close() {
    this.panel.hidden = true;
  }

  row() {
    const { rows } = this.places;
    return rows.find((row) => row.lesion === this.lesion) ?? rows.find((row) => row.needs_word) ?? rows[0];
  }

  draw() {
    const { places } = this;
    const row = this.row();
    const typed = this.lesion === row.lesion ? (this.panel.querySelector("input")?.value ?? "") : "";
    this.lesion = row.lesion;
    const [mark, className, words] = VERDICT[row.verdict];
    const close = el("button", "close", "Close (C)");
    close.type = "button";
    close.addEventListener("click", () => this.close());
    const tabs = places.rows.map((one) => {
      const tab = el("button", one.needs_word ? "tab asks" : "tab", one.lesion);
      tab.type = "button";
      tab.setAttribute("aria-pressed", String(one.lesion === row.lesion));
      tab.addEventListener("click", () => {
        this.lesion = one.lesion;
        this.panel.querySelector("input")?.remove();
        this.draw();
      });
      return tab;
    });
    const canvases = [];
    for (const [shade, name] of [[blended, "both"], [chequered, "in turn"]]) {
      for (const plane of PLANES) {
        const canvas = el("canvas", "");
        Object.assign(canvas.dataset, { plane, shade: name });
        canvases.push({ canvas, plane, shade });
      }
    }
    const pictures = places.has_pictures
      ? el("div", "grid", ...canvases.map((one) => one.canvas))
      : el("div", "none", "No pictures: the CT that was drawn on is not here or not compared yet, or does not reach the lesion");
    this.act = el("div", "act", "");
    this.panel.replaceChildren(
      el(
        "header",
        "",
        el("b", "", `Contours in scan ${places.scan_number}`),
        el("span", "dim", places.by),
        ...tabs,
        close,
      ),
      pictures,
      el(
        "div",
        "legend dim",
        el("span", "", "above, grey: both CTs agree"),
        el("span", "only-planning", "orange: only in the CT that was drawn on"),
        el("span", "only-scan", "blue: only in this scan"),
        el("span", "", "below: both in turn"),
      ),
      el("div", `verdict ${className}`, icon(mark), ` ${row.lesion} ${words}`),
      ...row.reasons.map((reason) => el("div", "reason", reason)),
      el("div", "figures dim", row.figures.join("  |  ")),
      row.word ? el("div", "word", row.word) : "",
      this.act,
    );
    this.canvases = places.has_pictures ? canvases : [];
    this.drawAct(typed);
    this.load(places, row.lesion);
  }

  /** What a person may say of it; asks again only when it could not be said. */
  drawAct(typed = "") {
    if (!this.act || !this.places) return;
    const row = this.row();
    const names = Object.keys(ACTS).filter((name) => mayGive(name) && (row.can_confirm || name !== "confirm-registration"));
    if (!names.length) {
      this.act.replaceChildren(el("span", "dim", row.needs_word ? "Log in to confirm or refuse this" : ""));
      return;
    }
    const why = Object.assign(el("input", ""), { value: typed, placeholder: "why, for the record", maxLength: 500 });
    why.setAttribute("aria-label", "Why");
    const told = el("span", "told", "");
    const { scan_number: scan } = this.places;
    const buttons = names.map((name) => {
      const button = el("button", name === "confirm-registration" ? "confirm" : "refuse", ACTS[name]);
      button.type = "button";
      button.addEventListener("click", async () => {
        buttons.forEach((one) => (one.disabled = true));
        try {
          await sendCommand(name, { lesion: row.lesion, scan, reason: why.value.trim() });
          why.value = "";
          told.className = "told good";
          told.textContent = "Noted";
        } catch (refusal) {
          told.className = "told bad";
          told.textContent = `Refused: ${refusal.message}`;
        } finally {
          const say = () => buttons.forEach((one) => (one.disabled = why.value.trim().length < 3));
          say();
        }
      });
      button.disabled = typed.trim().length < 3;
      return button;
    });
    why.addEventListener("input", () => buttons.forEach((one) => (one.disabled = why.value.trim().length < 3)));
    this.act.replaceChildren(why, ...buttons, told);
  }

  async load(places, lesion) {
    this.asked += 1;
    const { asked } = this;
    for (const plane of PLANES) {
      const mine = this.canvases.filter((one) => one.plane === plane);
      if (!mine.length) continue;
      try {
        const check = await fetchCheck(places, lesion, plane);
        if (asked !== this.asked) return;
        for (const one of mine) one.check = check;
      } catch (error) {
        if (asked !== this.asked) return;
        for (const one of mine) one.canvas.replaceWith(el("div", "none", error.message));
      }
    }
    this.repaint();
  }

  repaint() {
    for (const { canvas, check, shade, plane } of this.canvases ?? []) {
      if (!check || !canvas.isConnected || !canvas.clientWidth) continue;
      paint(canvas, check, shade, plane, this.places.targets);
      canvas.dataset.shown = `${this.lesion}`;
    }
  }
}
