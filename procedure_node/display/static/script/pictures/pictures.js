// Three planes through the newest scan. They follow the node's focus until a person takes over.

import { colour, el, swatch } from "../dom.js";
import { amount, number } from "../format.js";
import { bindKeys, bindMouse, WINDOWS } from "./controls.js";
import { fetchIsotherms } from "./isotherms.js";
import { paint } from "./paint.js";
import { SeedEdit } from "./seed_edit.js";
import { needleLines } from "./needles.js";
import { summaryLines } from "./seeds.js";
import { fetchScan, fetchSection, toPicture } from "./section.js";

/** How each plane lies in the patient: index of its normal, of right and of down in (x, y, z). */
const PLANES = {
  axial: { across: 2, right: 0, down: 1, downSign: 1, axis: "z", widthMm: 210 },
  coronal: { across: 1, right: 0, down: 2, downSign: -1, axis: "y", widthMm: 110 },
  sagittal: { across: 0, right: 1, down: 2, downSign: -1, axis: "x", widthMm: 110 },
};

const ISODOSES = [50, 100, 150, 200];

const RETRY_MS = 2000;

/** From the whole body to a few seeds. */
const SMALLEST_ZOOM = 0.4;
const LARGEST_ZOOM = 6;

export class Pictures {
  constructor(area, bar) {
    this.bar = bar;
    this.heldMark = area.querySelector("#held");
    this.procedureId = null;
    this.focus = null;
    this.scan = null;
    this.scanError = null;
    this.triedAt = 0;
    this.point = [0, 0, 0];
    this.centre = [0, 0, 0];
    this.zoom = 1;
    this.held = false;
    this.hu = WINDOWS[1];
    this.margins = [];
    this.cold = [];
    this.panes = {};
    for (const node of area.querySelectorAll(".pane")) this.addPane(node);
    this.seedEdit = new SeedEdit(this, area);
    bindKeys(this);
  }

  addPane(node) {
    const plane = node.dataset.plane;
    const canvas = node.querySelector("canvas");
    const pane = { plane, canvas, section: null, picture: null, request: null, cold: [] };
    this.panes[plane] = pane;
    new ResizeObserver(() => {
      canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
      canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
      this.repaint(pane);
    }).observe(canvas);
    bindMouse(this, pane);
  }

  /** Follow the node: a new scan is shown at once, a new target unless a person holds the view. */
  async follow(focus, procedureId) {
    const before = this.focus;
    this.focus = focus;
    if (!focus || this.procedureId !== procedureId) {
      this.procedureId = procedureId;
      this.scan = null;
      this.scanError = null;
      for (const pane of Object.values(this.panes)) this.clear(pane);
      this.drawBar();
    }
    if (!focus) return;
    if (before?.token !== focus.token || !this.scan) {
      await this.load(focus);
    } else if (before.edition !== focus.edition) {
      await this.refresh(focus);
    } else if (!this.held) {
      this.goTo(this.focusPoint());
    }
    this.seedEdit.changed(before?.token !== focus.token);
    this.drawBar();
    Object.values(this.panes).forEach((pane) => this.repaint(pane));
  }

  /** Other seeds or another dose in the same scan: fetch what is looked at again. */
  async refresh(focus) {
    const scan = await fetchScan(focus.token).catch(() => this.scan);
    if (this.focus?.token !== focus.token) return;
    this.scan = scan;
    Object.values(this.panes).forEach((pane) => this.fetch(pane));
  }

  /** Ask again for what could not be had, once in a while: the node may have it by now. */
  async retry() {
    const failed = this.scanError || Object.values(this.panes).some((pane) => pane.error);
    if (!failed || !this.focus || performance.now() - this.triedAt < RETRY_MS) return;
    await this.load(this.focus);
    this.drawBar();
  }

  async load(focus) {
    this.triedAt = performance.now();
    try {
      const scan = await fetchScan(focus.token);
      if (this.focus?.token !== focus.token) return;
      this.scan = scan;
      this.scanError = null;
    } catch (error) {
      if (this.focus?.token !== focus.token) return;
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

  /** Where the ice reaches least far beyond each frozen target, and how far. */
  setMargins(targets) {
    this.margins = targets
      .filter(({ ice }) => ice.place_mm)
      .map(({ ice, facts }) => ({
        place: ice.place_mm,
        mm: ice.margin_mm,
        wanted: facts.find((fact) => fact.quantity === "ice margin")?.wanted ?? null,
        scan: ice.scan_number,
      }));
    Object.values(this.panes).forEach((pane) => this.repaint(pane));
  }

  /** Show a structure that a person asked for, at its middle or at a place of it. */
  lookAt(structure, place) {
    if (!this.scan?.structures[structure]) return;
    this.held = true;
    this.goTo(place ?? this.scan.structures[structure]);
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
    const { focus, scan } = this;
    const { across } = PLANES[pane.plane];
    try {
      const section = await fetchSection(focus.token, pane.plane, this.point[across].toFixed(2), signal);
      pane.section = section;
      pane.origin = { focus, scan };
      pane.error = null;
      pane.picture = toPicture(section, this.hu);
    } catch (error) {
      if (error.name === "AbortError") return;
      pane.section = null;
      pane.error = error.message;
    }
    this.repaint(pane);
    this.fetchCold(pane);
  }

  /** The lesions whose modelled cold is known now: only theirs is drawn. */
  setCold(cards) {
    this.cold = cards.filter((card) => card.edition);
    Object.values(this.panes).forEach((pane) => this.fetchCold(pane));
  }

  /** Isotherms in the plane of a pane; old ones stay only until newer ones come. */
  async fetchCold(pane) {
    pane.coldRequest?.abort();
    pane.coldRequest = new AbortController();
    const { signal } = pane.coldRequest;
    const token = pane.origin?.focus.token;
    const lesions = this.cold.filter((card) => card.scans.includes(token)).map((card) => card.lesion);
    pane.cold = pane.cold.filter((cold) => lesions.includes(cold.lesion));
    if (pane.section && lesions.length) {
      const mm = pane.section.position_mm;
      try {
        const found = await Promise.all(lesions.map((lesion) => fetchIsotherms(lesion, pane.plane, mm, signal)));
        pane.cold = found.map((cold) => ({ ...cold, mm }));
      } catch (error) {
        if (error.name === "AbortError") return;
        pane.cold = [];
      }
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
    const { scan, focus } = pane.origin;
    const { first_mm, last_mm, step_mm } = scan.planes[pane.plane];
    const slice = Math.round((section.position_mm - first_mm) / step_mm) + 1;
    const slices = Math.round((last_mm - first_mm) / step_mm) + 1;
    const main = pane.plane === "axial";
    canvas.dataset.mm = section.position_mm;
    canvas.dataset.look = JSON.stringify({
      centre: [this.centre[right], this.centre[down] * downSign],
      mm: devicePixelRatio / this.pixelsPerMm(pane),
    });
    paint(canvas, section, pane.picture, {
      centre: [this.centre[right], this.centre[down] * downSign],
      cross: [this.point[right], this.point[down] * downSign],
      pixelsPerMm: this.pixelsPerMm(pane),
      targets: new Set(focus.targets),
      labels: main,
      edit: this.seedEdit.marked(),
      plane: PLANES[pane.plane],
      cold: pane.cold.filter((cold) => cold.mm === section.position_mm),
      margins: this.margins.filter((one) => one.scan === focus.scan_number),
      caption: {
        topLeft: main
          ? [`Scan ${focus.scan_number}`, `${axis} ${number(section.position_mm)} mm, slice ${slice} of ${slices}`]
          : [pane.plane, `${axis} ${number(section.position_mm)} mm`],
        seeds: main ? this.summary(focus) : [],
        warning: this.outdated(focus),
        bottomLeft: main ? `${this.hu.name}: W ${this.hu.width} L ${this.hu.center}` : "",
      },
    });
  }

  /** What stands in the corner of the seeds and needles of the scan that is shown. */
  summary(focus) {
    const { seeds } = focus.token === this.focus.token ? this.focus : focus;
    return [...summaryLines(seeds), ...needleLines(seeds)];
  }

  /** Why the scan of a picture may no longer be true; empty while it is the newest. */
  outdated(focus) {
    if (focus.token === this.focus.token) return this.focus.outdated;
    return `scan ${this.focus.scan_number} is newer`;
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
    }
    this.bar.replaceChildren(...parts);
    this.heldMark.hidden = !this.scan || !this.held;
  }

  barKey(name, text, dashed = false) {
    return el("span", "key", swatch(colour(name), dashed), text);
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

  repaintAll() {
    Object.values(this.panes).forEach((pane) => this.repaint(pane));
  }

  /** What a person pressed at and let go, in canvas pixels, means in the edit mode of the seeds. */
  editAt(pane, from, to) {
    if (!this.scan || !pane.section) return;
    const { across, right, down, downSign } = PLANES[pane.plane];
    const scale = this.pixelsPerMm(pane);
    const inPlane = ([x, y]) => [
      this.centre[right] + (x - pane.canvas.width / 2) / scale,
      this.centre[down] * downSign + (y - pane.canvas.height / 2) / scale,
    ];
    const inPatient = (place, positionMm) => {
      const point = [0, 0, 0];
      [point[across], point[right], point[down]] = [positionMm, place[0], place[1] * downSign];
      return point;
    };
    this.seedEdit.take(pane, inPlane(from), inPlane(to), inPatient);
  }

  /** Move the crosshair to a point of a pane, in canvas pixels, and hold it there. */
  pointAt(pane, x, y) {
    if (!this.scan || !pane.section) return;
    const { right, down, downSign } = PLANES[pane.plane];
    const scale = this.pixelsPerMm(pane);
    this.point[right] = this.centre[right] + (x - pane.canvas.width / 2) / scale;
    this.point[down] = this.centre[down] + ((y - pane.canvas.height / 2) / scale) * downSign;
    this.hold();
    Object.values(this.panes).forEach((other) => this.fetch(other));
  }

  hold() {
    this.held = true;
    this.drawBar();
    Object.values(this.panes).forEach((pane) => this.repaint(pane));
  }

  zoomBy(factor) {
    this.zoom = Math.min(LARGEST_ZOOM, Math.max(SMALLEST_ZOOM, this.zoom * factor));
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
