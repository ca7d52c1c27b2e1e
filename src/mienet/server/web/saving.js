// Saves the labels of one video at every change. Until the server has said that they are on its
// disk, they are in the browser's storage too, so a crash of either loses nothing.

import { getLabels, putLabels } from "./api.js";
import { asSentence } from "./dom.js";
import { alike, withoutIds } from "./marks.js";
import { Unsaved } from "./unsaved.js";

const WAIT_MILLISECONDS = 300; // one request for a series of quick changes
const RETRY_MILLISECONDS = [1000, 2000, 4000, 8000];

/** Fires "state" when `state` or `reason` change, and "saved" when the server has the labels. */
export class Saver extends EventTarget {
  #unsaved;
  #wanted = null; // {marks, finished} that the server does not have
  #sending = null; // the promise of a request under way
  #timer = 0;
  #failures = 0;

  /** "saved", "saving" or "failed"; `reason` says why it failed. */
  state = "saved";
  reason = "";

  /**
   * Args:
   *   labels: The server's answer for the video, whose version these labels follow.
   *   choose: Called with (mine, theirs) where somebody else has saved; resolves to one of the two.
   */
  constructor(folder, video, labels, choose) {
    super();
    this.video = video;
    this.version = labels.version;
    this.#unsaved = new Unsaved(folder, video);
    this.choose = choose;
  }

  /** Saves marks soon. */
  change(marks, finished) {
    this.#wanted = { marks: withoutIds(marks), finished };
    this.#keep();
    this.#say("saving");
    this.#later(WAIT_MILLISECONDS);
  }

  /** Saves what is left, now or after what is under way; `leaving` where the page may be gone before there is an answer. */
  flush(leaving = false) {
    if (this.#sending) return this.#sending.then(() => this.#send());
    return this.#send(leaving);
  }

  /** Leaves what is not saved in the browser's storage, for another saver of the same video. */
  handOver() {
    clearTimeout(this.#timer);
    this.#wanted = null;
    this.#say("saved");
  }

  /** Forgets what was not saved. */
  drop() {
    clearTimeout(this.#timer);
    this.#wanted = null;
    this.#unsaved.forget();
    this.#say("saved");
  }

  #later(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), milliseconds);
  }

  #send(leaving = false) {
    if (this.#sending || !this.#wanted) return this.#sending;
    clearTimeout(this.#timer);
    const sent = this.#wanted;
    this.#say("saving");
    this.#sending = this.#put(sent, leaving).finally(() => {
      this.#sending = null;
      if (this.#wanted && this.#wanted !== sent) this.#later(0);
    });
    return this.#sending;
  }

  async #put(sent, leaving) {
    let answer;
    try {
      answer = await putLabels(this.video, { version: this.version, ...sent }, leaving);
    } catch (error) {
      if (this.#wanted) await this.#failed(sent, error); // else they were dropped, or handed over
      return;
    }
    this.#saved(sent, answer);
  }

  #saved(sent, answer) {
    this.version = answer.version;
    this.#failures = 0;
    if (this.#wanted === sent) {
      this.#wanted = null;
      this.#unsaved.forget();
      this.#say("saved");
    } else if (this.#wanted) this.#keep();
    this.dispatchEvent(new CustomEvent("saved", { detail: { ...sent, state: answer.state } }));
  }

  async #failed(sent, error) {
    if (error.status === 409) {
      await this.#conflict(sent);
    } else if (error.status >= 400 && error.status < 500 && !error.isAway) {
      this.#say("failed", error.message); // the same would be refused again
    } else this.#again(error);
  }

  #again(error) {
    const wait = RETRY_MILLISECONDS[Math.min(this.#failures++, RETRY_MILLISECONDS.length - 1)];
    this.#say("failed", `${asSentence(error.message)} Trying again.`);
    this.#later(wait);
  }

  async #conflict(sent) {
    let theirs;
    try {
      theirs = await getLabels(this.video);
    } catch (error) {
      // Also a table that somebody has broken by hand: it is not replaced until it can be read.
      if (this.#wanted) this.#again(error);
      return;
    }
    if (!this.#wanted) return;
    if (theirs.version === this.version) { // what was in the way, such as a broken table, is gone
      this.#later(WAIT_MILLISECONDS);
      return;
    }
    this.version = theirs.version;
    const equal = alike(sent.marks, theirs.marks) && sent.finished === (theirs.state === "finished");
    if (equal) {
      this.#saved(sent, theirs);
      return;
    }
    this.#say("failed", "Somebody else has changed these labels.");
    const chosen = await this.choose(this.#wanted, theirs);
    if (!this.#wanted) return; // another saver of the video has it now
    if (chosen === theirs) this.drop();
    else this.#wanted = { ...this.#wanted }; // is sent again, as something else than what was refused
  }

  #keep() {
    this.#unsaved.keep({ version: this.version, ...this.#wanted });
  }

  #say(state, reason = "") {
    [this.state, this.reason] = [state, reason];
    this.dispatchEvent(new Event("state"));
  }
}
