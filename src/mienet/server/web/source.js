// Which file of a video the player plays: its own, or its quick copy, which is made by choice. Both
// have the same frames at the same times, so that labels are the same.

import { getFrames, mediaAddress } from "./api.js";
import { attempt, byId, tell } from "./dom.js";

const GOAL_MILLISECONDS = 150; // in which a jump should show its frame
const JUMPS = 8; // whose median says how long jumps take in a video
const COSTS = "at most 720 pixels on the shorter side, without sound";

/** Opens videos in a player; `jobs` makes copies, `notices` offers one, `showPanel()` shows all jobs. */
export class Source {
  #video = null; // the name of the one that is open
  #which = "file"; // or "copy": what is played
  #copyBytes = null; // of the copy, if there is one
  #needsCopy = false; // since browsers do not play the file
  #making = null; // the job that makes the copy
  #jumps = []; // milliseconds, the last ones
  #offered = new Set(); // videos in whose case a copy was offered

  constructor({ player, jobs, notices, showPanel }) {
    Object.assign(this, { player, jobs, notices, showPanel });
    byId("quick-copy").addEventListener("click", () => this.#press());
    player.addEventListener("jumped", ({ detail }) => this.#jumped(detail));
    player.addEventListener("lost", () => attempt(() => this.#refresh()));
  }

  /** Opens a video, which has frames as /api/frames describes them: its copy, if there is one. */
  open(video, frames) {
    this.#video = video;
    this.#take(frames);
    this.#which = this.#copyBytes === null ? "file" : "copy";
    this.#making = this.#job();
    this.player.load(mediaAddress(video, this.#which), frames.borders_seconds);
    this.#show();
  }

  /** Leaves the video. */
  close() {
    this.#video = null;
    this.#jumps = [];
    this.notices.show("copy", []);
    this.player.unload();
  }

  /** Shows how far the copy is, of jobs as they are now, and plays it when it is there. */
  showJob() {
    if (!this.#video) return;
    const before = this.#making;
    this.#making = this.#job();
    this.#show();
    if (before && !this.#making) attempt(() => this.#refresh());
  }

  #job() {
    return (this.jobs.jobs ?? []).find(({ kind, state, videos }) => kind === "transcode"
      && (state === "waiting" || state === "running")
      && videos.some((one) => one.video === this.#video && (one.state === "waiting" || one.state === "running"))) ?? null;
  }

  /** Asks the server whether the copy is there, has come, or has gone, and plays what is wanted of them. */
  async #refresh(wanted = this.#which) {
    const video = this.#video;
    if (!video) return;
    const had = this.#copyBytes !== null;
    const frames = await getFrames(video);
    if (video !== this.#video) return;
    this.#take(frames);
    const has = this.#copyBytes !== null;
    if (has && !had) {
      this.#play("copy");
      tell(`The quick copy is shown: ${COSTS}.`);
    } else if (had && !has && !this.#needsCopy) {
      if (this.#which === "copy") this.#play("file");
      tell("The quick copy is gone; the video itself is shown.");
    } else if (wanted !== this.#which) {
      this.#play(wanted);
    } else if (byId("video").error) {
      tell(`${video} can no longer be played: open it again.`, { bad: true });
    }
    this.#show();
  }

  #take({ copy_bytes: bytes, needs_copy: needs }) {
    this.#copyBytes = bytes;
    this.#needsCopy = needs;
  }

  #play(which) {
    this.#which = which;
    this.#jumps = [];
    this.player.exchange(mediaAddress(this.#video, which));
    this.#show();
  }

  #press() {
    if (this.#making) this.showPanel();
    else if (this.#copyBytes === null) this.#make();
    else attempt(() => this.#refresh(this.#which === "copy" ? "file" : "copy"));
  }

  #make() {
    return this.jobs.start({ kind: "transcode", videos: [this.#video] });
  }

  #show() {
    const button = byId("quick-copy");
    const has = this.#copyBytes !== null;
    const share = this.#making?.videos.find((one) => one.video === this.#video)?.progress;
    button.hidden = this.#needsCopy;
    if (has) button.setAttribute("aria-pressed", String(this.#which === "copy"));
    else button.removeAttribute("aria-pressed");
    if (this.#making) {
      button.textContent = `Quick copy: ${share ? `${Math.floor(100 * share)} %` : "waiting"}`;
      button.title = "It is shown as soon as it is made. Press to see all jobs";
    } else if (has) {
      button.textContent = "Quick copy";
      button.title = `Same frames and times, ${COSTS}; ${Math.ceil(this.#copyBytes / 1e6)} MB beside the videos. Press to change between it and the video itself`;
    } else {
      button.textContent = "Make a quick copy";
      button.title = `A copy beside the videos in which jumps show their frame sooner: the same frames and times, ${COSTS}. It takes some minutes and room on the disk`;
    }
    if (has || this.#making) this.notices.show("copy", []);
  }

  /** Offers a copy, once, of a video in which jumps take long. */
  #jumped(milliseconds) {
    this.#jumps = [...this.#jumps.slice(1 - JUMPS), milliseconds];
    if (this.#jumps.length < JUMPS || this.#copyBytes !== null || this.#making || this.#offered.has(this.#video)) return;
    const median = [...this.#jumps].sort((a, b) => a - b)[JUMPS / 2];
    if (median <= GOAL_MILLISECONDS) return;
    this.#offered.add(this.#video);
    this.notices.show("copy", [{
      id: `quick copy ${this.#video}`,
      text: `Jumps in ${this.#video} take about ${(median / 1000).toFixed(1)} s.`,
      lines: [`In a quick copy they are shorter: the same frames and times, ${COSTS}.`],
      buttons: [["Make a quick copy", () => this.#make()]],
    }]);
  }
}
