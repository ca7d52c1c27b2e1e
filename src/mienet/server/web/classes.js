// What a model of clips says of the open video, or of what is looped in it: its likeliest classes,
// or none of them.

import { getRanking } from "./api.js";
import { announce, attempt, byId, element, tell } from "./dom.js";
import { formatTime } from "./time.js";

/** Shows the classes of an editor's video; `predict(part)` asks for them, `explain(label)` why. */
export class Classes {
  #isOfClips = false;
  #part = {}; // what is shown: {start_frame, end_frame} of the loop; empty is the whole video

  constructor({ editor, predict, explain }) {
    Object.assign(this, { editor, predict, explain });
    byId("predict-classes").addEventListener("click", () => this.ask());
    editor.addEventListener("open", () => { byId("classes").hidden = true; });
    editor.addEventListener("select", () => {
      if (this.editor.video && !same(this.#part, this.#looped)) attempt(() => this.refresh(this.#isOfClips));
    });
  }

  /** Asks what the loop is taken for, or the whole video if nothing is looped. */
  ask() {
    if (this.#isOfClips) this.predict(this.#looped);
    else tell("What is looped is classified by a model of clips; the one in use is none.", { bad: true });
  }

  /** Asks the server for them, if the model in use is one of clips. */
  async refresh(isOfClips) {
    const { video } = this.editor;
    const part = this.#part = this.#looped;
    this.#isOfClips = isOfClips;
    byId("classes").hidden ||= !isOfClips;
    if (!video || !isOfClips) return;
    const ranking = await getRanking(video.video, part);
    if (video !== this.editor.video || part !== this.#part) return;
    this.#show(ranking, "end_frame" in part);
  }

  get #looped() {
    const { loop } = this.editor.player;
    return loop ? { start_frame: loop.start, end_frame: loop.end } : {};
  }

  #show(ranking, isPart) {
    const title = isPart ? `Classes of the loop, ${this.#times()}` : "Classes";
    if (byId("classes-title").textContent !== title) announce(title);
    byId("classes-title").textContent = title;
    byId("classes").hidden = false;
    byId("no-classes").hidden = ranking !== null;
    byId("of-what").textContent = isPart ? "loop" : "video";
    byId("none-of-these").hidden = ranking?.is_answered !== false;
    byId("familiarity").textContent = ranking?.familiarity?.toFixed(2) ?? "";
    byId("class-list").classList.toggle("answered", ranking?.is_answered === true);
    byId("class-list").replaceChildren(...(ranking?.classes ?? []).map((one) => this.#row(one, isPart)));
  }

  #times() {
    const { borders } = this.editor;
    return [this.#part.start_frame, this.#part.end_frame].map((frame) => formatTime(borders[frame])).join(" to ");
  }

  #row({ name, probability }, isPart) {
    return element("li", {},
      element("span", { className: "name" }, name),
      element("span", { className: "number" }, `${(100 * probability).toFixed(1)} %`),
      isPart ? null : element("button", { // an explanation is of the whole video
        type: "button", className: "quiet", "aria-label": `Why ${name}?`, onclick: () => this.explain(name),
      }, "Why?"),
      element("progress", { max: 1, value: probability, "aria-label": `How likely ${name} is` }));
  }
}

function same(one, other) {
  return one.start_frame === other.start_frame && one.end_frame === other.end_frame;
}
