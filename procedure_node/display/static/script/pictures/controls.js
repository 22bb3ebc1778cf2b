// What a person can do with the pictures, by mouse and by keys.

/** Windows in HU by key. */
export const WINDOWS = {
  1: { name: "soft tissue", center: 50, width: 350 },
  2: { name: "liver", center: 90, width: 180 },
  3: { name: "seeds and bone", center: 500, width: 2400 },
  4: { name: "lung", center: -550, width: 1500 },
};

const ZOOM_STEP = 1.25;

/** A wheel or a touchpad that scrolls smoothly tells a slice in several parts: this much is one. */
const WHEEL_NOTCH = 50;

/** The wheel moves a pane's slice, a click moves the crosshair. */
export function bindMouse(pictures, pane) {
  const { canvas } = pane;
  let turned = 0;
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      turned += event.deltaY;
      if (Math.abs(turned) < WHEEL_NOTCH) return;
      pictures.step(pane.plane, Math.sign(turned));
      turned = 0;
    },
    { passive: false },
  );
  const place = (event) => {
    const ratio = canvas.width / canvas.clientWidth;
    return [event.offsetX * ratio, event.offsetY * ratio];
  };
  let pressed = null;
  canvas.addEventListener("pointerdown", (event) => {
    pressed = place(event);
  });
  canvas.addEventListener("click", (event) => {
    const at = place(event);
    if (pictures.seedEdit.on) pictures.editAt(pane, pressed ?? at, at);
    else pictures.pointAt(pane, ...at);
  });
}

/** Arrows and page keys move slices, + and - zoom, 1 to 4 choose the window, F follows again. */
export function bindKeys(pictures) {
  const actions = {
    arrowup: () => pictures.step("axial", 1),
    pageup: () => pictures.step("axial", 1),
    arrowdown: () => pictures.step("axial", -1),
    pagedown: () => pictures.step("axial", -1),
    arrowleft: () => pictures.step("sagittal", -1),
    arrowright: () => pictures.step("sagittal", 1),
    "+": () => pictures.zoomBy(ZOOM_STEP),
    "-": () => pictures.zoomBy(1 / ZOOM_STEP),
    f: () => pictures.resume(),
  };
  for (const [key, hu] of Object.entries(WINDOWS)) actions[key] = () => pictures.setWindow(hu);
  addEventListener("keydown", (event) => {
    const action = actions[event.key.toLowerCase()];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("dialog, #seed-edit")) return;
    event.preventDefault();
    action();
  });
}
