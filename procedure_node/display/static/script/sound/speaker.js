// The page's loudspeaker: plays the most urgent alarm that is to be heard.

import { burst, burstLength, HARMONICS, INTERBURST_S, PULSE_HZ, RISE_S } from "./bursts.js";

const URGENCY = { LOW: 1, MEDIUM: 2, HIGH: 3 };

const LOUDNESS = 0.5;

export class Speaker {
  constructor() {
    this.context = null;
    this.priority = null;
    this.played = null;
    this.nextAt = 0;
    this.bursts = 0;
  }

  /** Begin; a browser lets a page sound only after somebody has touched it. */
  async start() {
    this.context ??= new AudioContext();
    await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 500))]);
    return this.isRunning();
  }

  isRunning() {
    return this.context?.state === "running";
  }

  /** Why nothing can be heard here, or an empty text. */
  trouble() {
    if (this.context === null) return "not started";
    return this.isRunning() ? "" : this.context.state;
  }

  /** Sound at this priority from now on; null is silence. Call it again and again. */
  keep(priority) {
    if (!this.isRunning()) return;
    const now = this.context.currentTime;
    const isMoreUrgent = (URGENCY[priority] ?? 0) > (URGENCY[this.priority] ?? 0);
    this.priority = priority;
    if (priority === null || (!isMoreUrgent && now < this.nextAt)) return;
    this.play(priority);
  }

  play(priority) {
    const now = this.context.currentTime;
    const wave = this.context.createPeriodicWave(
      new Float32Array(HARMONICS.length + 1),
      new Float32Array([0, ...HARMONICS]),
    );
    for (const { start, duration } of burst(priority)) this.pulse(wave, now + start, duration);
    this.bursts += 1;
    this.played = priority;
    this.nextAt = now + burstLength(priority) + INTERBURST_S[priority];
  }

  pulse(wave, at, duration) {
    const tone = new OscillatorNode(this.context, { frequency: PULSE_HZ, type: "custom", periodicWave: wave });
    const gain = new GainNode(this.context, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(LOUDNESS, at + RISE_S);
    gain.gain.setValueAtTime(LOUDNESS, at + duration - RISE_S);
    gain.gain.linearRampToValueAtTime(0, at + duration);
    tone.connect(gain).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + duration);
  }
}
