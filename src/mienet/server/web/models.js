// The panel of models: what each can do, which is used, reports and comparisons.

import { getModels, reportAddress, useModel } from "./api.js";
import { FIGURES } from "./comparison.js";
import { attempt, byId, element, tell } from "./dom.js";
import { ask } from "./question.js";

/** Shows the models; `start` asks for a job, `usesOther` hears that another model is used. */
export class Models {
  models = [];
  #newVideos = 0;

  constructor({ start, usesOther }) {
    Object.assign(this, { start, usesOther });
    byId("compare").addEventListener("click", () => this.start({ kind: "compare", models: this.#chosen() }));
  }

  /** Asks the server for the models again, and suggests a name for the next. */
  async refresh() {
    this.models = await getModels();
    const chosen = this.#chosen();
    byId("no-models").hidden = this.models.length > 0;
    this.#offerPrediction();
    byId("model-list").replaceChildren(...this.models.map((model) => this.#row(model, chosen.includes(model.name))));
    byId("compare-row").hidden = this.models.filter((model) => model.kind === "recordings").length < 2;
    byId("from-model-row").hidden = this.used?.kind !== "recordings";
    this.#allowComparing();
    const name = byId("teach").elements.name;
    let number = this.models.length + 1;
    while (this.models.some((model) => model.name === `model-${number}`)) number += 1;
    if (!name.value || name.dataset.suggested === name.value) name.value = name.dataset.suggested = `model-${number}`;
  }

  get used() {
    return this.models.find((model) => model.used);
  }

  /** Takes how many videos have neither labels nor a prediction of the model in use. */
  showNew(count) {
    this.#newVideos = count;
    this.#offerPrediction();
  }

  #offerPrediction() {
    const model = this.used;
    byId("predict-all").disabled = !model || !this.#newVideos;
    byId("predict-all").textContent = !model ? "Predict new videos"
      : this.#newVideos ? this.#toPredict(model.name) : `No new video to predict with ${model.name}`;
  }

  #toPredict(name) {
    return `Predict ${this.#newVideos} new ${this.#newVideos === 1 ? "video" : "videos"} with ${name}`;
  }

  #chosen() {
    return [...document.querySelectorAll("#model-list input:checked")].map((box) => box.value);
  }

  #allowComparing() {
    byId("compare").disabled = this.#chosen().length !== 2;
  }

  #row(model, checked) {
    const { figures } = model;
    const facts = [
      model.trained ? `trained ${new Date(model.trained).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}` : null,
      model.num_recordings ? `on ${model.num_recordings} videos` : null,
    ].filter(Boolean).join(" ");
    const many = ({ length }, word) => `${length} ${word}${length === 1 ? "" : "s"}`;
    const labels = [...model.phases, ...model.events].join(", ");
    const isOfClips = model.kind === "clips";
    const counts = isOfClips ? `${model.phases.length} classes of clips` : `${many(model.phases, "phase")}, ${many(model.events, "event")}`;
    const measured = Object.entries(FIGURES).filter(([name]) => typeof figures?.[name] === "number")
      .map(([name, { name: called, write }]) => `${called}: ${write(figures[name])}`);
    return element("li", { className: model.used ? "used" : "" },
      element("span", { className: "name" }, model.name, model.used ? element("span", { className: "badge" }, "in use") : null),
      element("span", { className: "facts" }, facts),
      model.from_scratch ? element("span", { className: "facts" }, "Trained from scratch, without pretrained weights, which costs accuracy.") : null,
      element("span", { className: "facts", title: labels }, counts),
      ...measured.map((text) => element("span", { className: "figures" }, text)),
      figures?.said ? element("span", { className: "facts" }, figures.said) : null,
      element("p", { className: "buttons" },
        model.used ? null : element("button", { type: "button", onclick: () => this.use(model.name) }, "Use this one"),
        model.report
          ? element("a", { href: reportAddress(model.name), target: "_blank", rel: "noopener" }, "Report")
          : element("button", { type: "button", onclick: () => this.start({ kind: "report", model: model.name }) }, "Make a report"),
        isOfClips ? null : element("label", { className: "compare" }, element("input", {
          type: "checkbox", value: model.name, checked, onchange: () => this.#allowComparing(),
        }), "compare")));
  }

  /** Uses another model, and offers to predict with it what another one has predicted. */
  use(name) {
    return attempt(async () => {
      const before = this.used;
      await useModel(name);
      await this.refresh();
      await this.usesOther();
      tell(`${name} is used from now on.`);
      if (!this.#newVideos) return;
      const isWanted = await ask({
        title: `${name} is used from now on`,
        text: before ? `The predictions of ${before.name} are no longer shown.` : "Nothing is predicted yet.",
        yes: this.#toPredict(name), no: "Not now",
      });
      if (isWanted) this.start({ kind: "predict", videos: null });
    });
  }
}
