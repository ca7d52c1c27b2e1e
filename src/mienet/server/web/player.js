// A video that is exact to the frame. What counts is the frame that the browser says it has shown,
// not the one that was asked for; to ask for one, its middle is sought, where no rounding matters.

import { frameAt, middleOf } from "./time.js";

export const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2];

// A busy browser may take a second for a seek. One that takes longer is asked once more, since it
// may have lost it; what it shows then is what counts.
const WAIT_MILLISECONDS = 3000;

// Chromium says what it shows within 40 ms of its arrival, but of two seeks in a row it may show the
// second and never say so. What it was sent to is what it shows then.
const TELL_MILLISECONDS = 100;

/**
 * Fires "frame" when another frame is shown, "playing" when it starts or stops, "jumped" with the
 * milliseconds that a frame asked for took, and "lost" when its file can no longer be read.
 */
export class Player extends EventTarget {
  #video;
  #wanted = null; // the frame asked for and not shown yet
  #seeking = false;
  #borders = [0, 0];
  #sought = 0; // the frame that the browser was sent to last,
  #came = false; // and whether it has shown it since
  #went = null; // when that was, as performance.now() counts, until the frame is shown
  #exchanging = false; // whether another file was opened that does not show that frame yet
  #loopTimer = 0;
  #waitTimer = 0;

  /** The frame really shown, counted from 0. */
  frame = 0;
  /** Frames from `start` up to, and without, `end` that are played again and again, or null. */
  loop = null;

  constructor(video) {
    super();
    this.#video = video;
    video.addEventListener("seeked", () => this.#arrived());
    for (const name of ["play", "pause", "ended"])
      video.addEventListener(name, () => this.dispatchEvent(new Event("playing")));
    video.addEventListener("ended", () => this.loop && this.#again());
    video.addEventListener("error", () => this.dispatchEvent(new Event("lost")));
    if (video.requestVideoFrameCallback) this.#listen();
    else for (const name of ["loadeddata", "seeked", "timeupdate"])
      video.addEventListener(name, () => this.#shown(video.currentTime));
  }

  /** Opens the video at an address, whose frames have these N + 1 borders in seconds. */
  load(source, borders) {
    this.#borders = borders;
    this.loop = null;
    this.#forgetSeek();
    this.#wanted = 0;
    this.frame = 0;
    this.#video.src = source;
    this.dispatchEvent(new Event("frame"));
  }

  /** Goes on, at the same frame, with another file of the same frames. */
  exchange(source) {
    const frame = this.heading;
    const { playing } = this;
    this.#forgetSeek();
    this.#video.src = source;
    this.#go(frame);
    if (playing) {
      this.#forgetSeek(); // it may show a later one first
      this.#video.play().catch(() => {});
    } else this.#wanted = frame;
    this.#exchanging = true;
    this.dispatchEvent(new Event("frame")); // no longer settled
  }

  /** Shows nothing. */
  unload() {
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  get playing() {
    return !this.#video.paused && !this.#video.ended;
  }

  /** Whether the frame that was asked for is shown. */
  get settled() {
    return this.#wanted === null && !this.#seeking;
  }

  /** The frame that was asked for, if it is not shown yet, else the one that is. */
  get heading() {
    return this.#wanted ?? this.frame;
  }

  /** Shows a frame; several in a row, faster than the browser seeks, end at the last. */
  seek(frame) {
    const still = this.settled && this.#video.paused;
    this.#video.pause();
    this.#wanted = Math.min(Math.max(frame, 0), this.#borders.length - 2);
    if (still && this.#wanted === this.frame) this.#wanted = null; // no new frame would come
    else if (!this.#seeking) this.#go(this.#wanted);
    this.dispatchEvent(new Event("frame")); // no longer settled
  }

  /** Shows the frame that many after the one shown or asked for. */
  step(frames) {
    this.seek(this.heading + frames);
  }

  /** Plays, or pauses; from the start of what is looped if it is elsewhere. */
  toggle() {
    if (this.playing) {
      this.#video.pause();
      return;
    }
    this.#forgetSeek();
    if (this.loop && (this.frame < this.loop.start || this.frame >= this.loop.end - 1)) this.#again();
    this.#video.play().catch(() => {});
  }

  set speed(times) {
    this.#video.playbackRate = times;
    this.#video.defaultPlaybackRate = times; // a new source would start at 1
  }

  get speed() {
    return this.#video.playbackRate;
  }

  #go(frame, isSecond = false) {
    this.#seeking = true;
    this.#sought = frame;
    this.#came = false;
    if (!isSecond) this.#went = performance.now();
    this.#video.currentTime = middleOf(this.#borders, frame);
    clearTimeout(this.#waitTimer);
    this.#waitTimer = setTimeout(() => {
      if (isSecond) this.#settle();
      else this.#go(this.#wanted ?? frame, true);
    }, WAIT_MILLISECONDS);
  }

  #arrived() {
    this.#seeking = false;
    if (this.#wanted !== null && this.#wanted !== this.#sought) this.#go(this.#wanted);
    else if (this.#came) this.#settle();
    else if (this.#wanted !== null) {
      clearTimeout(this.#waitTimer);
      this.#waitTimer = setTimeout(() => {
        this.#shown(this.#video.currentTime);
        if (this.#wanted !== null) this.#settle(); // it went elsewhere, as behind the file's end
      }, TELL_MILLISECONDS);
    }
  }

  #forgetSeek() {
    clearTimeout(this.#waitTimer);
    this.#seeking = this.#exchanging = false;
    this.#wanted = this.#went = null;
  }

  #settle() {
    this.#forgetSeek();
    this.dispatchEvent(new Event("frame"));
  }

  #listen() {
    this.#video.requestVideoFrameCallback((_, shown) => {
      this.#shown(shown.mediaTime);
      this.#listen();
    });
  }

  #shown(seconds) {
    const frame = frameAt(this.#borders, seconds);
    if (this.#exchanging && frame < this.#sought) return; // the file's first, which nobody asked for
    this.#exchanging = false;
    this.frame = frame;
    if (this.frame === this.#sought) {
      this.#came = true;
      if (this.#went !== null) this.dispatchEvent(new CustomEvent("jumped", { detail: performance.now() - this.#went }));
      this.#went = null;
    }
    if (!this.#seeking && this.#wanted === this.frame) {
      clearTimeout(this.#waitTimer);
      this.#wanted = null;
    }
    this.dispatchEvent(new Event("frame"));
    clearTimeout(this.#loopTimer);
    if (!this.loop || !this.playing || this.frame < this.loop.end - 1) return;
    const stays = (this.#borders[this.frame + 1] - this.#borders[this.frame]) / this.speed;
    this.#loopTimer = setTimeout(() => this.loop && this.playing && this.#again(), 900 * stays);
  }

  #again() {
    this.#video.currentTime = middleOf(this.#borders, this.loop.start);
    this.#video.play().catch(() => {});
  }
}
