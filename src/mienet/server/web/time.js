// Times and frames. `borders` are N + 1 times in seconds: when each of N frames is shown, and when
// the last one ends. Times count as the browser's currentTime counts.

/** Times nearer than this are the same: files may keep milliseconds, frames keep fractions. */
export const SAME_SECONDS = 0.0006;

/** Returns a time as m:ss.mmm. */
export function formatTime(seconds) {
  const milliseconds = Math.max(0, Math.round(seconds * 1000));
  const rest = (milliseconds % 60000) / 1000;
  return `${Math.floor(milliseconds / 60000)}:${rest.toFixed(3).padStart(6, "0")}`;
}

/** Returns a length to read at a glance, such as "12 s" or "3 min". */
export function formatLength(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Returns the seconds of "1:02.345", "62.345", "62,345" or "1:01:02"; NaN for anything else. */
export function parseTime(text) {
  const parts = text.trim().replace(",", ".").split(":");
  const right = parts.every((part, index) =>
    index === parts.length - 1 ? /^\d+(\.\d*)?$/.test(part) : /^\d+$/.test(part));
  if (!right || parts.length > 3) return NaN;
  return parts.reduce((sum, part) => 60 * sum + Number(part), 0);
}

/** Returns the last index whose border is not after a time; -1 before the first. */
function lastNotAfter(borders, seconds) {
  let [low, high] = [-1, borders.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (borders[middle] <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Returns the frame shown at a time, from 0 to N - 1. */
export function frameAt(borders, seconds) {
  const last = borders.length - 2;
  const frame = Math.min(Math.max(lastNotAfter(borders, seconds), 0), last);
  // Browsers count in microseconds, so a frame's own time may lie a hair before its border.
  const next = borders[frame + 1];
  const slack = Math.min(SAME_SECONDS, (next - borders[frame]) / 4);
  return frame < last && next - seconds < slack ? frame + 1 : frame;
}

/** Returns the time in the middle of a frame, where a player shows it and no other. */
export function middleOf(borders, frame) {
  return (borders[frame] + borders[frame + 1]) / 2;
}

/** Returns the index, from 0 to N, of the border nearest to a time. */
export function nearestBorder(borders, seconds) {
  const before = Math.min(Math.max(lastNotAfter(borders, seconds), 0), borders.length - 2);
  return seconds - borders[before] <= borders[before + 1] - seconds ? before : before + 1;
}
