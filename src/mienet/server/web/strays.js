// Labels whose video is not there under its name: where it is now, or that it is gone.

import { followVideos } from "./api.js";
import { attempt, tell } from "./dom.js";

const MOST_SHOWN = 5;

/**
 * Says which labels have lost their video.
 *
 * Args:
 *   strays: Each {video, now}; `now` is its name now, or null.
 *   followed: Called when labels have followed their videos.
 */
export function showStrays(notices, strays, followed) {
  const moved = strays.filter(({ now }) => now !== null);
  const lost = strays.filter(({ now }) => now === null);
  const count = ({ length }) => `${length} labeled ${length === 1 ? "video" : "videos"}`;
  notices.show("strays", [
    moved.length ? {
      id: `moved ${JSON.stringify(moved)}`,
      text: `${count(moved)} ${moved.length === 1 ? "has" : "have"} another name now, by size and time of change:`,
      lines: shortened(moved.map(({ video, now }) => `${video} is ${now}`)),
      buttons: [["Take the labels over", () => attempt(async () => {
        const done = await followVideos();
        await followed();
        tell(`The labels of ${count(done)} have followed.`);
      })]],
    } : null,
    lost.length ? {
      id: `lost ${JSON.stringify(lost)}`,
      text: `${count(lost)} ${lost.length === 1 ? "is" : "are"} not there. The labels are kept; put back what was deleted, or changed and renamed:`,
      lines: shortened(lost.map(({ video }) => video)),
    } : null,
  ].filter(Boolean));
}

function shortened(lines) {
  return lines.length > MOST_SHOWN ? [...lines.slice(0, MOST_SHOWN), `… and ${lines.length - MOST_SHOWN} more`] : lines;
}
