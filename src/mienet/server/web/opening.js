// Opening a video: its file, its frames, its labels, what a crash has left, what the model says.

import * as api from "./api.js";
import { asSentence, attempt, byId, tell } from "./dom.js";
import { alike } from "./marks.js";
import { Saver } from "./saving.js";
import { allUnsaved } from "./unsaved.js";

const CURVE_POINTS = 2000;
const PREPARING_MILLISECONDS = 1000;

export const RETRY_MILLISECONDS = 2000;
export const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** Opens videos in an editor; the last one asked for wins. */
export class Opener {
  #savers = new Map(); // the last one of each video, which may go on when another video is open
  #opened = 0; // counts, so that answers for a video that was left are dropped
  saver = null;

  /**
   * Args:
   *   chooseLabels: See conflict.js.
   *   source: See source.js.
   *   saverChanged: Called with a saver whose state has changed.
   *   recovered: Called when changes that waited in the browser are on the server, or given up.
   *   saved: Called with a video's name and {marks, state} that the server has now.
   */
  constructor({ editor, source, timeline, folder, jobs, chooseLabels, saverChanged, saved, recovered }) {
    Object.assign(this, { editor, source, timeline, folder, jobs, chooseLabels, saverChanged, saved, recovered });
  }

  /** Shows a video, or why it cannot be shown; a server that does not answer is asked again. */
  async open(video) {
    this.close();
    const mine = this.#opened;
    const current = () => mine === this.#opened;
    byId("editor").hidden = false;
    byId("editor").setAttribute("aria-busy", "true");
    byId("video-name").textContent = video.video;
    this.#problem("");
    while (current() && !await this.#tryToOpen(video, current)) await wait(RETRY_MILLISECONDS);
    if (!current()) return;
    byId("editor").setAttribute("aria-busy", "false");
    await attempt(() => this.showPrediction());
  }

  /** Leaves the video that is open; what is not saved of it will be. */
  close() {
    this.#opened += 1;
    this.saver?.flush();
    this.source.close();
    this.editor.close();
    byId("editor").hidden = true;
  }

  /** Returns whether it is settled how a video is shown: false where no server answers. */
  async #tryToOpen(video, current) {
    try {
      if (video.state === "broken") throw new Error(`${asSentence(video.problem)} It cannot be shown.`);
      await this.#waitUntilPlayable(video.video, current);
      const [frames, labels] = await Promise.all([api.getFrames(video.video), api.getLabels(video.video)]);
      if (!current()) return true;
      this.#problem("");
      this.#show(video, frames, labels);
    } catch (error) {
      if (current()) this.#problem(error.isAway ? `${asSentence(error.message)} Trying again.` : error.message);
      return !error.isAway;
    }
    return true;
  }

  /** Asks for labels and prediction again, where no person's labels are at stake. */
  async refresh() {
    const { video } = this.editor;
    if (!video) return;
    const labels = await api.getLabels(video.video);
    if (video !== this.editor.video) return;
    this.editor.predicted = labels.predicted ?? null;
    if (!this.editor.corrected) {
      this.saver.version = labels.version;
      this.editor.takeLabels(labels);
    }
    await this.showPrediction();
  }

  /** Takes labels that were saved elsewhere, unless those that are shown have changed and are not saved yet. */
  async reload() {
    const { video } = this.editor;
    if (!video) return;
    const labels = await api.getLabels(video.video);
    if (video !== this.editor.video || this.saver.state !== "saved" || labels.version === this.saver.version) return;
    this.saver.version = labels.version;
    this.editor.takeLabels(labels);
    this.saved(video.video, labels);
  }

  /** Gives up a person's labels for the model's; those that are not saved are lost only when that is done. */
  async startOver() {
    const { saver } = this;
    await saver.flush();
    await api.deleteLabels(saver.video, saver.version);
    saver.drop();
    const labels = await api.getLabels(saver.video);
    saver.version = labels.version;
    if (saver === this.saver) this.editor.takeLabels(labels);
    return labels;
  }

  /** Shows probabilities and doubtful places, where there are any. */
  async showPrediction() {
    const { video } = this.editor;
    if (!video || !this.editor.predicted) return;
    const [curves, doubts] = await Promise.all([
      api.getCurves(video.video, CURVE_POINTS), api.getDoubts(video.video),
    ]);
    if (video !== this.editor.video) return;
    this.timeline.curves = curves;
    this.editor.takeDoubts(doubts);
  }

  async #waitUntilPlayable(name, current) {
    while (current()) {
      try {
        await api.checkMedia(name);
        return;
      } catch (error) {
        const { job } = error.body ?? {};
        if (error.status !== 409 || !job) throw error;
        await this.jobs.refresh();
        const found = this.jobs.find(job);
        if (found && ["failed", "cancelled"].includes(found.state)) throw new Error(found.message || error.message);
        const share = found?.progress ? ` ${Math.floor(100 * found.progress)} %.` : "";
        if (current()) this.#problem(`${error.message}${share}`, { bad: false });
        await wait(PREPARING_MILLISECONDS);
      }
    }
  }

  #show(video, frames, labels) {
    const saver = new Saver(this.folder, video.video, labels, async (mine, theirs) => {
      const chosen = await this.chooseLabels(video.video, mine, theirs);
      if (chosen === theirs) {
        if (this.saver === saver && this.editor.video) this.editor.takeLabels(theirs);
        this.saved(video.video, theirs);
      }
      return chosen;
    });
    saver.addEventListener("state", () => this.saverChanged(saver));
    saver.addEventListener("saved", (event) => this.saved(video.video, event.detail));
    this.#savers.get(video.video)?.handOver();
    this.#savers.set(video.video, saver);
    this.saver = saver;
    const borders = frames.borders_seconds;
    byId("frame-count").textContent = borders.length - 1;
    byId("seek").max = borders.length - 2;
    this.source.open(video.video, frames);
    this.editor.open(video, { labels, borders, doubts: [], saver });
    this.#recover(video.video, labels, saver);
    this.saverChanged(saver);
  }

  /** Saves what a crash of the page or the server has left unsaved, in this tab or another one. */
  async #recover(name, labels, saver) {
    const left = allUnsaved(this.folder).filter(({ video }) => video === name);
    const forget = () => {
      for (const one of left) one.forget();
      this.recovered();
    };
    let kept = labels;
    for (const { labels: one } of left) {
      if (saysTheSame(one, kept)) continue;
      if (kept === labels && one.version === labels.version) kept = one; // nobody else has changed them
      else kept = await this.chooseLabels(name, one, kept, kept === labels ? undefined : "Another window’s");
      if (saver !== this.saver) return; // the video was left meanwhile: all is kept for the next time
    }
    if (kept === labels) {
      forget();
      return;
    }
    this.editor.takeLabels({ marks: kept.marks, state: kept.finished ? "finished" : "draft" });
    saver.addEventListener("saved", () => {
      forget();
      tell("Your last changes had not been saved; they are now.");
    }, { once: true });
    saver.change(this.editor.marks, kept.finished);
  }

  #problem(text, { bad = true } = {}) {
    byId("problem").hidden = !text;
    byId("problem").textContent = text;
    byId("problem").classList.toggle("bad", bad);
    byId("editor").classList.toggle("empty", Boolean(text));
  }
}

/** Returns whether two labels are the same; the server's have a state where others are finished or not. */
function saysTheSame(one, other) {
  const isFinished = ({ state, finished }) => (state ? state === "finished" : finished);
  return alike(one.marks, other.marks) && isFinished(one) === isFinished(other);
}
