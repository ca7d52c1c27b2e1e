// Why the model says what it says of the open video: asked for, waited for, shown beside the player.

import { explanationAddress, getExplanation } from "./api.js";
import { announce, byId, tell } from "./dom.js";
import { frameAt, formatTime } from "./time.js";

/** Shows the explanation of an editor's video; `jobs` makes it, `model()` is the one in use. */
export class Explanation {
  #shown = null; // as the server describes it
  #asked = 0; // the job that was asked for here last, whose failure is told

  constructor({ editor, jobs, model }) {
    Object.assign(this, { editor, jobs, model });
    byId("explain").addEventListener("click", () => this.ask());
    byId("close-explanation").addEventListener("click", () => this.#close());
    byId("cancel-explaining").addEventListener("click", () => this.jobs.cancel(this.#job().id));
    editor.addEventListener("open", () => this.#forget());
  }

  /** Asks why: of clips a class, or the likeliest; of recordings what is named at the playhead. */
  async ask(label = null) {
    const { video, seconds } = this.editor;
    if (!this.model()) {
      tell("There is no model yet that could say why.", { bad: true });
      return;
    }
    const moment = this.model().kind === "recordings" ? seconds : null;
    if (this.#isShown(label, moment)) {
      byId("explanation").hidden = false;
      return;
    }
    this.#asked = await this.jobs.start({ kind: "explain", videos: [video.video], label, at_seconds: moment }) ?? 0;
    this.showJob();
  }

  #isShown(label, moment) {
    const shown = this.#shown;
    return shown?.at_seconds === moment && shown.label === (label ?? shown.likeliest);
  }

  /** Asks the server for the last explanation of the video by the model in use. */
  async refresh() {
    const { video } = this.editor;
    if (!video || !this.model()) {
      this.#forget();
      return;
    }
    const found = await getExplanation(video.video);
    if (video !== this.editor.video) return;
    if (found?.job !== this.#shown?.job) this.#show(found);
    this.showJob();
  }

  /** Shows how far the job is, or why it failed. */
  showJob() {
    const job = this.#job();
    const active = job?.state === "running" || job?.state === "waiting";
    const problem = job?.state === "failed" && job.id === this.#asked ? job.message : "";
    byId("explaining").hidden = !active;
    if (active) byId("explaining-state").textContent = job.state === "waiting"
      ? "Waits until the jobs before it are done." : "Looking at what the model sees: some seconds.";
    byId("explanation-problem").hidden = !problem;
    byId("explanation-problem").textContent = problem;
    if (active || problem) byId("explanation").hidden = false;
    else if (!this.#shown) byId("explanation").hidden = true;
  }

  #job() {
    const name = this.editor.video?.video;
    return this.jobs.jobs?.find((job) => job.kind === "explain" && job.videos[0]?.video === name);
  }

  #show(found) {
    this.#shown = found;
    byId("explanation-pictures").hidden = !found;
    byId("explanation").hidden = !found;
    byId("explanation-title").textContent = found ? titleOf(found, this.editor.borders) : "Why?";
    if (!found) {
      byId("explanation-film").removeAttribute("src");
      byId("explanation-sheet").removeAttribute("src");
      return;
    }
    const at = (which) => explanationAddress(which, this.editor.video.video, found.job);
    const seen = found.has_motion ? "what the model saw, what moved in it and where it looked"
      : "what the model saw and where it looked (it has no motion maps)";
    byId("explanation-film").src = at("film");
    byId("explanation-film").setAttribute("aria-label", `Side by side: ${seen}`);
    byId("explanation-sheet").src = byId("explanation-link").href = at("sheet");
    byId("explanation-sheet").alt = "The picture of all moments, to open in full";
    byId("explanation-text").textContent = `Above, from left to right: ${seen}; the brighter, the more. `
      + "In the picture also when it counted: click to open it in full.";
    announce(byId("explanation-title").textContent);
  }

  #close() {
    this.#asked = 0;
    byId("explanation").hidden = true;
    byId("workspace").focus({ preventScroll: true });
  }

  #forget() {
    this.#asked = 0;
    this.#show(null);
    byId("explaining").hidden = byId("explanation-problem").hidden = true;
  }
}

/** Returns what is explained, such as "Why landing at 0:03.720? 93.1 %". */
function titleOf({ label, kind, probability, likeliest, at_seconds: at }, borders) {
  const when = at === null ? "" : ` at ${formatTime(borders[frameAt(borders, at)])}`;
  const other = likeliest === label ? "" : `; ${kind === "class" ? "likelier is" : "named there is"} ${likeliest}`;
  return `Why ${label}${when}? ${(100 * probability).toFixed(1)} %${other}`;
}
