// A uPlot chart that fills its area and is made anew only when its lines or its size change.

import uPlot from "../vendor/uPlot.esm.js";
import { colour, rem } from "./dom.js";

/** Axis settings in the page's colours and size. */
export function axis(more) {
  return {
    stroke: colour("dim"),
    font: `${0.95 * rem()}px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: "rgb(255 255 255 / 0.07)", width: 1 },
    ticks: { stroke: colour("line"), width: 1, size: 0.3 * rem() },
    gap: 0.2 * rem(),
    ...more,
  };
}

export class Plot {
  /** makeOptions() gives uPlot options without a size; it is asked again after a change. */
  constructor(area, makeOptions) {
    this.area = area;
    this.makeOptions = makeOptions;
    this.signature = null;
    this.data = null;
    new ResizeObserver(() => this.rebuild()).observe(area);
  }

  /** Show data; lines of another signature get new options. */
  show(data, signature) {
    this.data = data;
    if (this.chart && this.signature === signature) {
      this.chart.setData(data);
      return;
    }
    this.signature = signature;
    this.rebuild();
  }

  rebuild() {
    const { clientWidth: width, clientHeight: height } = this.area;
    this.chart?.destroy();
    this.chart = null;
    if (!this.data || width < 10 || height < 10) return;
    this.chart = new uPlot({ width, height, ...this.makeOptions() }, this.data, this.area);
  }

  clear() {
    this.chart?.destroy();
    this.chart = null;
    this.data = null;
  }
}

export const join = uPlot.join;
