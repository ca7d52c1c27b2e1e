// The buttons around the video, and what is read off beside them.

import { byId, element } from "./dom.js";
import { phaseAt } from "./marks.js";
import { SPEEDS } from "./player.js";
import { frameAt, formatTime } from "./time.js";

/** Connects buttons with what they do. */
export function connectControls({ editor, player, palette, timeline, page }) {
  const buttons = {
    "play": () => player.toggle(),
    "frame-before": () => player.step(-1),
    "frame-after": () => player.step(1),
    "border-before": () => editor.seekBorder(-1),
    "border-after": () => editor.seekBorder(1),
    "loop": () => editor.toggleLoop(),
    "next-doubt": () => page.nextDoubt(1),
    "zoom-in": () => timeline.zoomBy(1.6),
    "zoom-out": () => timeline.zoomBy(1 / 1.6),
    "zoom-fit": () => timeline.fit(),
    "split": () => editor.split(),
    "join": () => editor.join(),
    "delete": () => editor.remove(),
    "undo": () => editor.undo(),
    "redo": () => editor.redo(),
    "finish": () => (editor.finished ? editor.setFinished(false) : page.finishAndGoOn()),
  };
  for (const [id, run] of Object.entries(buttons)) byId(id).addEventListener("click", run);
  // After a click, keys mean the video again, not the button: space plays.
  byId("editor").addEventListener("click", (event) => {
    if (event.detail && event.target.closest("button")) page.focusVideo();
  });
  byId("video").addEventListener("click", () => player.toggle());
  byId("seek").addEventListener("input", (event) => player.seek(Number(event.target.value)));
  byId("speed").append(...SPEEDS.map((times) => element("option", { value: times, selected: times === 1 }, `${times}×`)));
  byId("speed").addEventListener("input", (event) => { player.speed = Number(event.target.value); });
  player.addEventListener("playing", () => showPlaying(player));
  editor.addEventListener("frame", () => showFrame(editor));
  for (const name of ["open", "change", "select"]) editor.addEventListener(name, () => {
    showMarks(editor);
    showFrame(editor);
  });
}

/** Plays slower (-1) or faster (1) by a step. */
export function changeSpeed(player, direction) {
  const at = SPEEDS.indexOf(player.speed) + direction;
  if (!(at in SPEEDS)) return;
  player.speed = SPEEDS[at];
  byId("speed").value = SPEEDS[at];
}

/** Goes to the next (1) or last (-1) of the doubtful places, worst first, and says why it is one. */
export class DoubtWalk {
  #at = -1;

  constructor(editor) {
    this.editor = editor;
    editor.addEventListener("open", () => { this.#at = -1; });
  }

  /** Returns what to tell. */
  go(direction) {
    const { doubts, borders, player } = this.editor;
    if (!doubts.length) return "No doubtful places: nothing is predicted here, or the model is sure.";
    this.#at = (Math.max(this.#at, direction > 0 ? -1 : 0) + direction + doubts.length) % doubts.length;
    const { time_seconds: seconds, why } = doubts[this.#at];
    player.seek(frameAt(borders, seconds));
    return `${this.#at + 1} of ${doubts.length}: ${why}`;
  }
}

function showPlaying(player) {
  byId("play").textContent = player.playing ? "❚❚" : "▶";
  byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
}

function showFrame(editor) {
  if (!editor.video) return;
  const { frame, settled } = editor.player;
  const phase = phaseAt(editor.marks, editor.seconds, editor.subject);
  byId("position").textContent = formatTime(editor.seconds);
  byId("frame-number").textContent = frame;
  byId("phase-now").textContent = phase?.label ?? "";
  byId("seek").value = frame;
  byId("seek").setAttribute("aria-valuetext", `${formatTime(editor.seconds)}, frame ${frame}, ${phase?.label ?? "no phase"}`);
  byId("editor").dataset.settled = settled;
}

function showMarks(editor) {
  const { video, finished, active, player } = editor;
  if (!video) return;
  byId("finish").textContent = finished ? "✓ Finished: open again" : "Finished, next";
  byId("finish").classList.toggle("main", !finished);
  byId("start-over").hidden = !editor.corrected;
  byId("loop").setAttribute("aria-pressed", String(Boolean(player.loop)));
  byId("delete").disabled = !active;
  for (const id of ["split", "join"]) byId(id).disabled = active?.kind !== "phase";
  [byId("undo").disabled, byId("redo").disabled] = [!editor.canUndo, !editor.canRedo];
  byId("next-doubt").disabled = !editor.doubts.length;
}
