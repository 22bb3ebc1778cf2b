// The sounds of alarms: bursts of pulses as IEC 60601-1-8:2006+A1:2012+A2:2020 has them in 6.3.3.1,
// Table 3 (burst) and Table 4 (pulse). Times are seconds.

/** Fundamental, 150 to 1000 Hz; its harmonics up to 4 kHz lie within 15 dB of it (Table 4). */
export const PULSE_HZ = 523;
export const HARMONICS = [1, 0.8, 0.6, 0.5, 0.4];

/** Rise of a pulse: 10 to 20 % of the shortest; it falls within the pause that follows it. */
export const RISE_S = 0.024;

/** High: effective duration 0.075 to 0.2 s, x 0.05 to 0.125 s, fifth to sixth pulse 0.35 to 1.3 s. */
const HIGH_PULSE_S = 0.15;
const X_S = 0.1;
const MIDDLE_S = 0.5;
const HIGH_SPACINGS_S = [X_S, X_S, 2 * X_S + HIGH_PULSE_S, X_S];

/** Medium and low: effective duration 0.125 to 0.25 s, spacing y 0.125 to 0.25 s. */
const PULSE_S = 0.2;
const Y_S = 0.2;

/** From the end of a burst to the next: high 2.5 to 15 s, medium 2.5 to 30 s; low is not repeated. */
export const INTERBURST_S = { HIGH: 5, MEDIUM: 12, LOW: Infinity };

function pulses(spacings, pulseS) {
  const told = [{ start: 0, duration: pulseS }];
  for (const spacing of spacings) {
    told.push({ start: told.at(-1).start + pulseS + spacing, duration: pulseS });
  }
  return told;
}

/** The pulses of one burst: high ten, medium three, low two. */
export function burst(priority) {
  if (priority === "HIGH") {
    return pulses([...HIGH_SPACINGS_S, MIDDLE_S, ...HIGH_SPACINGS_S], HIGH_PULSE_S);
  }
  return pulses(priority === "MEDIUM" ? [Y_S, Y_S] : [Y_S], PULSE_S);
}

/** How long a burst lasts. */
export function burstLength(priority) {
  const { start, duration } = burst(priority).at(-1);
  return start + duration;
}
