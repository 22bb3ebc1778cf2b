// Three planes through the newest scan. They follow the node's focus until a person takes over.

import { colour, el, swatch } from "../dom.js";
import { amount, number } from "../format.js";
import { paint } from "./paint.js";
import { fetchScan, fetchSection, toPicture } from "./section.js";

/** How each plane lies in the patient: index of its normal, of right and of down in (x, y, z). */
const PLANES = {
  axial: { across: 2, right: 0, down: 1, downSign: 1, axis: "z", widthMm: 210 },
  coronal: { across: 1, right: 0, down: 2, downSign: -1, axis: "y", widthMm: 110 },
  sagittal: { across: 0, right: 1, down: 2, downSign: -1, axis: "x", widthMm: 110 },
};

/** Windows in HU by key. */
const WINDOWS = {
  1: { name: "soft tissue", center: 50, width: 350 },
  2: { name: "liver", center: 90, width: 180 },
  3: { name: "seeds and bone", center: 500, width: 2400 },
  4: { name: "lung", center: -550, width: 1500 },
};

const ISODOSES = [50, 100, 150, 200];
const ZOOM_STEP = 1.25;

/** A mouse wheel tells less than this at once where it scrolls smoothly. */
const WHEEL_NOTCH = 50;

export class Pictures {
  constructor(area, bar) {
    this.bar = bar;
    this.focus = null;
    this.scan = null;
    this.scanError = null;
    this.point = [0, 0, 0];
    this.centre = [0, 0, 0];
    this.zoom = 1;
    this.held = false;
    this.hu = WINDOWS[1];
    this.panes = {};
    for (const node of area.querySelectorAll(".pane")) this.addPane(node);
    addEventListener("keydown", (event) => this.key(event));
  }

  addPane(node) {
    const plane = node.dataset.plane;
    const canvas = node.querySelector("canvas");
    const pane = { plane, canvas, section: null, picture: null, request: null, wheel: 0 };
    this.panes[plane] = pane;
    new ResizeObserver(() => {
      canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
      canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
      this.repaint(pane);
    }).observe(canvas);
    canvas.addEventListener("wheel", (event) => this.wheel(event, pane), { passive: false });
    canvas.addEventListener("click", (event) => this.click(event, pane));
  }

  /** Follow the node: a new scan is shown at once, a new target unless a person holds the view. */
  async follow(focus) {
    const before = this.focus;
    this.focus = focus;
    if (!focus) {
      this.scan = null;
      for (const pane of Object.values(this.panes)) this.clear(pane);
      this.drawBar();
      return;
    }
    if (before?.token !== focus.token || !this.scan) {
      await this.load(focus);
    } else if (!this.held) {
      this.goTo(this.focusPoint());
    }
    this.drawBar();
    Object.values(this.panes).forEach((pane) => this.repaint(pane));
  }

  async load(focus) {
    try {
      const scan = await fetchScan(focus.token);
      if (this.focus.token !== focus.token) return;
      this.scan = scan;
      this.scanError = null;
    } catch (error) {
      this.scan = null;
      this.scanError = error.message;
      for (const pane of Object.values(this.panes)) this.clear(pane);
      return;
    }
    this.held = false;
    this.zoom = 1;
    this.goTo(this.focusPoint());
  }

  focusPoint() {
    const { planes, structures } = this.scan;
    const middle = ["sagittal", "coronal", "axial"].map(
      (plane) => (planes[plane].first_mm + planes[plane].last_mm) / 2,
    );
    return structures[this.focus.structure] ?? this.focus.point_mm ?? middle;
  }

  /** Show a structure that a person asked for. */
  lookAt(structure) {
    if (!this.scan?.structures[structure]) return;
    this.held = true;
    this.goTo(this.scan.structures[structure]);
    this.drawBar();
  }

  goTo(point) {
    this.point = [...point];
    this.centre = [...point];
    Object.values(this.panes).forEach((pane) => this.fetch(pane));
  }

  async fetch(pane) {
    pane.request?.abort();
    pane.request = new AbortController();
    const { signal } = pane.request;
    const token = this.focus.token;
    const { across } = PLANES[pane.plane];
    try {
      const section = await fetchSection(token, pane.plane, this.point[across].toFixed(2), signal);
      pane.section = section;
      pane.error = null;
      pane.picture = toPicture(section, this.hu);
    } catch (error) {
      if (error.name === "AbortError") return;
      pane.section = null;
      pane.error = error.message;
    }
    this.repaint(pane);
  }

  clear(pane) {
    pane.request?.abort();
    pane.section = null;
    pane.error = null;
    this.repaint(pane);
  }

  pixelsPerMm(pane) {
    return (pane.canvas.width / PLANES[pane.plane].widthMm) * this.zoom;
  }

  repaint(pane) {
    const { canvas, section } = pane;
    if (!canvas.width) return;
    if (!section) {
      delete canvas.dataset.mm;
      const ctx = canvas.getContext("2d");
      ctx.fillStyle = "#000";
      ctx.fillRect(0, 0, canvas.width, canvas.height);
      ctx.fillStyle = colour("dim");
      ctx.font = `${canvas.width / 34}px ${getComputedStyle(document.body).fontFamily}`;
      ctx.textAlign = "center";
      const waiting = this.focus ? "" : "No scan has been analysed yet";
      const text = pane.plane === "axial" ? (this.scanError ?? pane.error ?? waiting) : "";
      ctx.fillText(text, canvas.width / 2, canvas.height / 2);
      return;
    }
    const { across, right, down, downSign, axis } = PLANES[pane.plane];
    const { first_mm, last_mm, step_mm } = this.scan.planes[pane.plane];
    const slice = Math.round((section.position_mm - first_mm) / step_mm) + 1;
    const slices = Math.round((last_mm - first_mm) / step_mm) + 1;
    const main = pane.plane === "axial";
    canvas.dataset.mm = section.position_mm;
    paint(canvas, section, pane.picture, {
      centre: [this.centre[right], this.centre[down] * downSign],
      cross: [this.point[right], this.point[down] * downSign],
      pixelsPerMm: this.pixelsPerMm(pane),
      targets: new Set(this.focus.targets),
      labels: main,
      caption: {
        topLeft: main
          ? [
              `Scan ${this.focus.scan_number}${this.focus.outdated ? ": OUT OF DATE, " + this.focus.outdated : ""}`,
              `${axis} ${number(section.position_mm)} mm, slice ${slice} of ${slices}`,
            ]
          : [pane.plane, `${axis} ${number(section.position_mm)} mm`],
        bottomLeft: main ? `${this.hu.name}: W ${this.hu.width} L ${this.hu.center}` : "",
      },
    });
  }

  drawBar() {
    const parts = [];
    if (this.scan) {
      const gy = this.scan.prescription_gy;
      if (this.scan.has_dose && gy !== null) {
        for (const percent of ISODOSES) {
          parts.push(this.barKey(`isodose-${percent}`, `${percent} % ${amount((gy * percent) / 100)} Gy`));
        }
      } else {
        parts.push(el("span", "dim", "no dose in this scan"));
      }
      if (this.scan.has_ice) parts.push(this.barKey("ice", "ice", true));
      parts.push(this.barKey("seed", "seed"), this.barKey("target", "target"), this.barKey("organ", "organ"));
      if (this.held) parts.push(el("span", "held", "HELD: F to follow"));
    }
    this.bar.replaceChildren(...parts);
  }

  barKey(name, text, dashed = false) {
    return el("span", "key", swatch(colour(name), dashed), text);
  }

  wheel(event, pane) {
    event.preventDefault();
    pane.wheel += event.deltaY;
    const notches = Math.trunc(pane.wheel / WHEEL_NOTCH);
    if (!notches) return;
    pane.wheel = 0;
    this.step(pane.plane, Math.sign(notches));
  }

  /** Move a plane by slices and hold it there. */
  step(plane, slices) {
    if (!this.scan) return;
    const { across } = PLANES[plane];
    const { first_mm, last_mm, step_mm } = this.scan.planes[plane];
    const moved = this.point[across] + slices * step_mm;
    this.point[across] = Math.min(last_mm, Math.max(first_mm, moved));
    this.hold();
    this.fetch(this.panes[plane]);
  }

  click(event, pane) {
    if (!this.scan || !pane.section) return;
    const { right, down, downSign } = PLANES[pane.plane];
    const scale = this.pixelsPerMm(pane);
    const ratio = pane.canvas.width / pane.canvas.clientWidth;
    const x = (event.offsetX * ratio - pane.canvas.width / 2) / scale;
    const y = (event.offsetY * ratio - pane.canvas.height / 2) / scale;
    this.point[right] = this.centre[right] + x;
    this.point[down] = this.centre[down] + y * downSign;
    this.hold();
    Object.values(this.panes).forEach((other) => this.fetch(other));
  }

  hold() {
    this.held = true;
    this.drawBar();
    Object.values(this.panes).forEach((pane) => this.repaint(pane));
  }

  key(event) {
    if (!this.scan || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      ArrowUp: () => this.step("axial", 1),
      PageUp: () => this.step("axial", 1),
      ArrowDown: () => this.step("axial", -1),
      PageDown: () => this.step("axial", -1),
      ArrowLeft: () => this.step("sagittal", -1),
      ArrowRight: () => this.step("sagittal", 1),
      "+": () => this.setZoom(this.zoom * ZOOM_STEP),
      "-": () => this.setZoom(this.zoom / ZOOM_STEP),
      f: () => this.resume(),
    };
    if (event.key in WINDOWS) this.setWindow(WINDOWS[event.key]);
    else if (event.key in actions) actions[event.key]();
    else if (event.key.toLowerCase() in actions) actions[event.key.toLowerCase()]();
    else return;
    event.preventDefault();
  }

  setZoom(zoom) {
    this.zoom = Math.min(6, Math.max(0.4, zoom));
    Object.values(this.panes).forEach((pane) => this.repaint(pane));
  }

  setWindow(hu) {
    this.hu = hu;
    for (const pane of Object.values(this.panes)) {
      if (pane.section) pane.picture = toPicture(pane.section, hu);
      this.repaint(pane);
    }
  }

  /** Follow the node again. */
  resume() {
    this.held = false;
    this.zoom = 1;
    this.goTo(this.focusPoint());
    this.drawBar();
  }
}
