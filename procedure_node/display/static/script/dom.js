// Small helpers to build the page; text only ever enters it as text.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  check: ["M4 13l6 6L20 5"],
  triangle: ["M12 3L22 20H2Z", "M12 10v4", "M12 17.2v.1"],
  question: ["M7.5 8.5a4.5 4.5 0 1 1 6.6 4c-1.6.9-2.1 1.7-2.1 3", "M12 20v.1"],
  cross: ["M5 5l14 14", "M19 5L5 19"],
  wait: ["M12 3a9 9 0 1 0 9 9", "M12 7v5l4 2"],
  mute: ["M4 9h4l5-4v14l-5-4H4Z", "M17 9l5 6", "M22 9l-5 6"],
  pause: ["M8 5v14", "M16 5v14"],
};

/** An element with a class, and children that are nodes or text. */
export function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** One of the page's marks; its meaning always stands beside it as text. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const path of ICONS[name]) {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", path);
    svg.append(line);
  }
  return svg;
}

/** Open a dialog over the pictures, and over nothing above them: the freeze clocks stay in sight. */
export function openOverPictures(dialog) {
  const top = document.querySelector(".pane")?.getBoundingClientRect().top ?? 0;
  dialog.style.top = top > 0 ? `${top}px` : "";
  dialog.show();
}

/** A line sample for a legend. */
export function swatch(colour, dashed = false) {
  const node = el("span", dashed ? "swatch dashed" : "swatch");
  node.style.borderTopColor = colour;
  return node;
}

/** A colour of style/base.css by its name. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The size of one rem in CSS pixels: the page's unit. */
export function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}
