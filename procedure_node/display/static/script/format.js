// Numbers and times as people read them.

/** A number with a true minus sign, which zero has none of; a dash where there is no number. */
export function number(value, digits = 1) {
  if (value === null || value === undefined) return "–";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** A wanted or actual value: whole numbers without decimals. */
export function amount(value) {
  return number(value, value !== null && Number.isInteger(value) ? 0 : 1);
}

/** Seconds as 0:07, 12:40 or 1:02:03. */
export function timer(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Seconds as an age: 40 s, 12 min, 2 h 5 min. */
export function age(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The time of day, in the screen's own time zone. */
export function clock(date, withSeconds = true) {
  const options = { hour: "2-digit", minute: "2-digit", hour12: false };
  return date.toLocaleTimeString("en-GB", withSeconds ? { ...options, second: "2-digit" } : options);
}
