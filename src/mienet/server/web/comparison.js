// Two models side by side, as a comparison's job has found them.

import { element } from "./dom.js";

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Figures of models that are shown, what they are called, and how they are written. */
export const FIGURES = {
  frame_accuracy: { name: "Frames right", write: percent },
  f1_50: { name: "F1@50 of phases", write: percent },
  boundary_median_frames: { name: "Borders off by (median)", write: (frames) => `${frames.toFixed(1)} frames` },
  event_map_2: { name: "mAP of events, within 2 frames", write: percent },
};

/** Returns a table of a comparison of two models; see ModelComparison.to_dict. */
export function comparisonTable({ models, differences }) {
  const [first, second] = models;
  const text = (model, name) => (typeof model[name] === "number" ? FIGURES[name].write(model[name]) : "–");
  const shown = differences.filter((row) => row.figure in FIGURES);
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Comparison" },
    element("table", { className: "comparison" },
      element("thead", {}, element("tr", {}, ...["Figure", first.name, second.name, "Difference"].map((name) =>
        element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...shown.map(({ figure, verdict }) => element("tr", {},
        element("th", { scope: "row" }, FIGURES[figure].name),
        element("td", {}, text(first, figure)),
        element("td", {}, text(second, figure)),
        element("td", {}, verdict))))));
}
