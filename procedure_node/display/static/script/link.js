// What is heard from the node, and the moment when nothing is heard any more.

/** Nothing heard for this long and the page calls itself stale: three missed heartbeats. */
const STALE_AFTER_MS = 3000;

/** A stream that a browser has given up on is opened anew this often. */
const REOPEN_MS = 2000;

const LOOK_EVERY_MS = 200;

/**
 * Listens to the node's events.
 *
 * onPage(page, serverTime) comes with every new page, onHeard(serverTime, nonce) with every sign of life,
 * onSilence({ silentMs, lastHeard }) again and again while nothing is heard. A page that cannot be
 * drawn counts as not heard: what then stands on the screen is old.
 */
export class NodeLink {
  constructor({ onPage, onHeard, onSilence }) {
    this.onPage = onPage;
    this.onHeard = onHeard;
    this.onSilence = onSilence;
    this.heardAt = performance.now();
    this.lastHeard = null;
    this.isDrawn = true;
    this.openedAt = 0;
    this.open();
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  open() {
    this.stream?.close();
    this.openedAt = performance.now();
    this.stream = new EventSource("/events");
    this.stream.addEventListener("page", (event) => this.hear(event));
    this.stream.addEventListener("heartbeat", (event) => this.hear(event));
  }

  hear(event) {
    const told = JSON.parse(event.data);
    const at = new Date(told.server_time);
    if (told.page) {
      this.isDrawn = false;
      this.onPage(told.page, at);
      this.isDrawn = true;
    }
    if (!this.isDrawn) return;
    this.heardAt = performance.now();
    this.lastHeard = at;
    this.onHeard(at, told.nonce);
  }

  look() {
    const now = performance.now();
    const silentMs = now - this.heardAt;
    if (silentMs <= STALE_AFTER_MS) return;
    this.onSilence({ silentMs, lastHeard: this.lastHeard });
    if (now - this.openedAt > REOPEN_MS) this.open();
  }
}
