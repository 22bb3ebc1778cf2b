// Tells the node that what it has told was drawn: the last link of the alarm chain.

import { ask } from "./command.js";
import { soundState } from "./sound/strip.js";

const EVERY_MS = 2000;

let toldAt = -Infinity;

/**
 * Confirm a nonce once the browser has drawn what came with it. In a hidden tab nothing is drawn,
 * and so nothing is confirmed. A confirmation that does not arrive is followed by the next.
 */
export function confirmShown(nonce) {
  if (!nonce || performance.now() - toldAt < EVERY_MS) return;
  requestAnimationFrame(() => {
    toldAt = performance.now();
    ask("POST", "/api/shown", { nonce, sound: soundState() }).catch(() => {});
  });
}
