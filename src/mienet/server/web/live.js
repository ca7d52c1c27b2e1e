// Watching live: the picture, what the model says of it, and how fast and late it is.

import { getLive, postLive } from "./api.js";
import { announce, attempt, byId, element, shape, tell } from "./dom.js";
import { goTo } from "./place.js";
import { formatTime } from "./time.js";

const ASK_EVERY_MS = 200;
const SHOWN_SECONDS = 30;
const MOST_EVENTS = 50;
const WIDTH = 600;
const HEIGHT = 40;

/** The part of the page that watches; `recorded(name)` hears of a recording that is ended, `left()` of the view. */
export class Live {
  constructor({ colors, recorded, left }) {
    Object.assign(this, { colors, recorded });
    this.clear();
    byId("open-live").addEventListener("click", () => this.open());
    byId("close-live").addEventListener("click", left);
    byId("live-start").addEventListener("click", () => this.ask(this.isRunning ? "stop" : "start"));
    byId("live-record").addEventListener("click", () => this.ask(this.said?.recording ? "stop recording" : "record"));
  }

  get isOpen() {
    return document.body.dataset.view === "live";
  }

  get isRunning() {
    return ["starting", "running"].includes(this.said?.state);
  }

  clear() {
    this.said = null;
    this.moments = [];
    this.lastEvent = 0;
    byId("live-events").replaceChildren();
  }

  open() {
    if (this.isOpen) return;
    document.body.dataset.view = "live";
    goTo({ view: "live" });
    byId("live-start").focus();
    this.listen();
  }

  async ask(action) {
    if (action === "start") this.clear();
    const answer = await attempt(() => postLive(action));
    if (!answer) return;
    this.take(answer);
  }

  /** Asks again and again what is new, as long as the view is open; the server watches on without. */
  async listen() {
    while (this.isOpen) {
      const answer = await attempt(() => getLive(this.moments.at(-1)?.time_seconds));
      if (answer) this.take(answer);
      await new Promise((done) => setTimeout(done, answer ? ASK_EVERY_MS : 3000));
    }
    byId("live-picture").removeAttribute("src");
  }

  take(said) {
    const before = this.said;
    this.said = said;
    // Also where the source has ended; null is a recording without a frame, which is not there.
    if (before?.recording && !said.recording && said.recorded !== null) {
      tell(`Recorded: ${before.recording}, among the videos.`);
      this.recorded(before.recording);
    }
    const last = this.moments.at(-1)?.time_seconds ?? -1;
    this.moments.push(...said.moments.filter((moment) => moment.time_seconds > last));
    const now = this.moments.at(-1)?.time_seconds ?? 0;
    this.moments = this.moments.filter((moment) => moment.time_seconds > now - SHOWN_SECONDS);
    this.showState(before);
    this.showPhase();
    this.showLegend(before);
    this.drawStrip(now);
    this.showEvents();
  }

  showState(before) {
    const { state, problem, source, recording } = this.said;
    byId("live-source").textContent = /^\d+$/.test(source) ? `Camera ${source}` : source;
    byId("live-start").textContent = this.isRunning ? "Stop" : "Start";
    byId("live-record").disabled = state !== "running";
    byId("live-record").textContent = recording ? "Stop recording" : "Record";
    byId("live-record").setAttribute("aria-pressed", String(Boolean(recording)));
    byId("live-problem").hidden = !problem && !this.said.recording_problem;
    byId("live-problem").textContent = problem || this.said.recording_problem;
    const picture = byId("live-picture");
    if (this.isRunning && !picture.hasAttribute("src")) picture.src = `/live/picture?${Date.now()}`;
    if (state !== before?.state && ["idle", "failed"].includes(state)) picture.removeAttribute("src");
    picture.hidden = !picture.hasAttribute("src");
    byId("live-figures").textContent = figures(this.said);
  }

  showPhase() {
    const moment = this.moments.at(-1);
    const phase = moment?.phase ?? null;
    const waiting = { idle: "Not watching", starting: "Starting…", running: "Looking…" }[this.said.state] ?? "";
    byId("live-phase").textContent = phase ?? (moment ? "none" : waiting);
    byId("live-phase").style.borderColor = phase ? this.colors(phase) : "";
    byId("live-confidence").textContent = moment ? `${Math.round(100 * moment.confidence)} % sure` : "";
  }

  /** Says which color is which phase, and how high a bar is. */
  showLegend(before) {
    const { phases } = this.said;
    if (before && phases.join("\n") === before.phases.join("\n")) return;
    const entry = (phase) => {
      const swatch = element("span", { className: "swatch" });
      swatch.style.background = this.colors(phase);
      return element("span", {}, swatch, phase);
    };
    byId("live-legend").replaceChildren(...phases.map(entry), phases.length ? "the higher, the surer" : "");
  }

  /** Draws the phases of the last half minute, the newest at the right. */
  drawStrip(now) {
    const strip = byId("live-strip");
    const x = (seconds) => WIDTH * (1 - (now - seconds) / SHOWN_SECONDS);
    const bands = this.moments.map((moment, index) => {
      const end = this.moments[index + 1]?.time_seconds ?? now;
      const start = x(moment.time_seconds);
      const height = HEIGHT * moment.confidence;
      return moment.phase && end > moment.time_seconds ? shape("rect", {
        x: start, y: HEIGHT - height, width: x(end) - start + 0.3, height, fill: this.colors(moment.phase),
      }) : null;
    });
    const flags = this.said.events.filter((event) => event.time_seconds > now - SHOWN_SECONDS).map((event) =>
      shape("line", { x1: x(event.time_seconds), x2: x(event.time_seconds), y1: 0, y2: HEIGHT, class: "live-event" }));
    strip.replaceChildren(...bands.filter(Boolean), ...flags);
  }

  showEvents() {
    const list = byId("live-events");
    for (const event of this.said.events) {
      if (event.number <= this.lastEvent) continue;
      this.lastEvent = event.number;
      list.prepend(element("li", {},
        element("span", { className: "number" }, formatTime(event.time_seconds)),
        element("b", {}, event.label),
        element("span", { className: "facts" }, `${Math.round(100 * event.confidence)} % sure`)));
      announce(`${event.label} at ${formatTime(event.time_seconds)}`);
    }
    while (list.children.length > MOST_EVENTS) list.lastChild.remove();
    byId("live-no-events").hidden = list.children.length > 0;
  }
}

/** Returns in words how fast frames come and how late the model speaks of them. */
function figures({ state, fps, camera_fps: rate, delay_seconds: delay, dropped, recording, recording_dropped: lost }) {
  if (state === "idle" || state === "starting") return "";
  const parts = [state === "ended" ? "Ended" : null, `${fps === null ? "–" : fps.toFixed(1)} of ${rate.toFixed(0)} frames a second`];
  if (delay !== null) parts.push(`said ${Math.round(1000 * delay)} ms later`);
  parts.push(`${dropped} frames dropped`);
  if (recording) parts.push(`recording ${recording}${lost ? `, ${lost} frames not written` : ""}`);
  return parts.filter(Boolean).join(" · ");
}
