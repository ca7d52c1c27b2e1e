// What a model of clips says of the open video: its likeliest classes, or none of them.

import { getRanking } from "./api.js";
import { byId, element } from "./dom.js";

/** Shows the classes of an editor's video; `predict()` asks for them, `explain(label)` why one is. */
export class Classes {
  constructor({ editor, predict, explain }) {
    Object.assign(this, { editor, explain });
    byId("predict-classes").addEventListener("click", predict);
    editor.addEventListener("open", () => { byId("classes").hidden = true; });
  }

  /** Asks the server for them, if the model in use is one of clips. */
  async refresh(isOfClips) {
    const { video } = this.editor;
    byId("classes").hidden ||= !isOfClips;
    if (!video || !isOfClips) return;
    const ranking = await getRanking(video.video);
    if (video !== this.editor.video) return;
    byId("classes").hidden = false;
    byId("no-classes").hidden = ranking !== null;
    byId("none-of-these").hidden = ranking?.is_answered !== false;
    byId("familiarity").textContent = ranking?.familiarity?.toFixed(2) ?? "";
    byId("class-list").classList.toggle("answered", ranking?.is_answered === true);
    byId("class-list").replaceChildren(...(ranking?.classes ?? []).map((one) => this.#row(one)));
  }

  #row({ name, probability }) {
    return element("li", {},
      element("span", { className: "name" }, name),
      element("span", { className: "number" }, `${(100 * probability).toFixed(1)} %`),
      element("button", {
        type: "button", className: "quiet", "aria-label": `Why ${name}?`, onclick: () => this.explain(name),
      }, "Why?"),
      element("progress", { max: 1, value: probability, "aria-label": `How likely ${name} is` }));
  }
}
