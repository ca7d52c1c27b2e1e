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

/** Returns tables of a comparison of two models; see ModelComparison.to_dict. */
export function comparisonTable({ models, differences, labels, label_figure }) {
  const [first, second] = models;
  const text = (model, name) => (typeof model[name] === "number" ? FIGURES[name].write(model[name]) : "–");
  const share = (value) => (typeof value === "number" ? percent(value) : "–");
  const difference = `${second.name} - ${first.name}`;
  const shown = differences.filter((row) => row.figure in FIGURES);
  const tested = labels.filter((row) => row.figure === label_figure);
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Comparison" },
    table(["Figure", first.name, second.name, "Difference"], shown.map(({ figure, verdict }) =>
      [FIGURES[figure].name, text(first, figure), text(second, figure), verdict])),
    tested.length === 0 ? null : table(["F1", first.name, second.name, "Difference (95 % interval)"], tested.map((row) =>
      [row.label, share(row[column(first)]), share(row[column(second)]),
        `${points(row, difference)}: ${row[`${difference} verdict`]}`])));
}

/** The column of a model in the rows of labels; see ModelComparison.label_table. */
const column = ({ name }) => (["kind", "label", "true", "figure"].includes(name) ? `model ${name}` : name);

function points(row, difference) {
  const [value, low, high] = ["", " low", " high"].map((end) => row[difference + end]);
  if (typeof value !== "number") return "–";
  const said = (share) => (100 * share).toFixed(1);
  return typeof low === "number" ? `${said(value)} points (${said(low)} to ${said(high)})` : `${said(value)} points`;
}

function table(head, rows) {
  return element("table", { className: "comparison" },
    element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map(([name, ...cells]) => element("tr", {},
      element("th", { scope: "row" }, name), ...cells.map((cell) => element("td", {}, cell))))));
}
