// The timeline, drawn: a ruler, events as flags, phases as bands (one lane for each subject), how
// doubtful the model is, its own prediction, and its probabilities. It scrolls as the browser does;
// zooming draws it wider. What the pointer does to it is in timeline_pointer.js.

import { byId, shape } from "./dom.js";
import { subjectsOf } from "./marks.js";
import { formatTime, middleOf } from "./time.js";

const [RULER, EVENTS, LANE, DOUBT, MODEL, CURVES] = [20, 24, 36, 8, 14, 64]; // heights in pixels
const LETTER = 6.7; // mean width of a letter of bands, in pixels
const WIDEST = 200000; // browsers draw wider pictures slowly
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/** Draws an editor's marks; `colors` is a function from a label to its color. */
export class Timeline {
  #scroller = byId("timeline");
  #playhead = shape("line", { class: "playhead", y1: 0 });
  #zoom = 1; // 1 fits the whole video

  constructor(editor, colors) {
    this.editor = editor;
    this.colors = colors;
    this.curves = null;
    this.svg = shape("svg", { role: "img", "aria-label": "Timeline; the table of marks says the same." });
    this.below = shape("g"); // what zooming alone changes
    this.above = shape("g"); // what editing changes
    this.svg.append(this.below, this.above, this.#playhead);
    this.#scroller.append(this.svg);
    new ResizeObserver(() => this.draw()).observe(this.#scroller);
    editor.addEventListener("open", () => { this.curves = null; this.#zoom = 1; this.draw(); });
    editor.addEventListener("change", () => this.draw());
    editor.addEventListener("select", () => { if (!this.dragging) this.drawMarks(); });
    editor.addEventListener("frame", () => this.movePlayhead());
  }

  /** Pixels that a second takes. */
  get scale() {
    return this.width / this.editor.videoEnds;
  }

  get width() {
    return Math.round(this.#scroller.clientWidth * this.#zoom);
  }

  /** Returns the time in seconds at a place of the window, inside the video. */
  secondsAt(clientX) {
    const x = clientX - this.svg.getBoundingClientRect().left;
    return Math.min(Math.max(x / this.scale, 0), this.editor.videoEnds);
  }

  /** Zooms around a place of the window, or around the playhead. */
  zoomBy(factor, clientX) {
    if (!this.editor.video) return;
    const box = this.#scroller.getBoundingClientRect();
    const seconds = clientX === undefined ? this.editor.seconds : this.secondsAt(clientX);
    const shown = seconds * this.scale - this.#scroller.scrollLeft;
    const place = clientX !== undefined ? clientX - box.left
      : shown >= 0 && shown <= box.width ? shown : box.width / 2;
    const frames = this.editor.borders.length - 1;
    const most = Math.max(1, Math.min(WIDEST, frames * 40) / this.#scroller.clientWidth);
    this.#zoom = Math.min(Math.max(this.#zoom * factor, 1), most);
    this.draw();
    this.#scroller.scrollLeft = seconds * this.scale - place;
  }

  /** Shows the whole video. */
  fit() {
    this.zoomBy(1 / this.#zoom);
  }

  /** Draws all of it. */
  draw() {
    if (!this.editor.video || !this.#scroller.clientWidth) return;
    const { editor } = this;
    const lanes = subjectsOf(editor.marks).length;
    const doubt = RULER + EVENTS + lanes * LANE;
    const model = doubt + (this.curves ? DOUBT : 0);
    this.top = { events: RULER, lanes: RULER + EVENTS, doubt, model };
    this.top.curves = model + (this.showsModel ? MODEL : 0) + 4;
    this.height = this.top.curves + (this.curves ? CURVES : 0);
    this.svg.setAttribute("width", this.width);
    this.svg.setAttribute("height", this.height);
    this.#playhead.setAttribute("y2", this.height);
    this.below.replaceChildren(...this.#ruler(), ...this.#model(), ...this.#doubt(), ...this.#curves());
    this.drawMarks();
    this.#names();
    this.movePlayhead();
  }

  /** Whether the model's prediction is a row of its own: where a person's labels are above it. */
  get showsModel() {
    return Boolean(this.editor.corrected && this.editor.predicted?.length);
  }

  /** Draws the marks, which may be others than the editor's while one is dragged. */
  drawMarks(marks = this.editor.marks) {
    if (!this.editor.video || !this.top) return;
    const subjects = subjectsOf(this.editor.marks);
    const active = this.editor.active?.id;
    const events = marks.filter((mark) => mark.kind === "event");
    this.above.replaceChildren(...marks.map((mark) => (mark.kind === "phase"
      ? this.#band(mark, this.top.lanes + LANE * Math.max(0, subjects.indexOf(mark.subject)), active)
      : this.#flag(mark, events[events.indexOf(mark) + 1], active))));
  }

  /** Moves the playhead to the frame shown, and scrolls after it while the video plays. */
  movePlayhead() {
    if (!this.editor.video) return;
    const x = middleOf(this.editor.borders, this.editor.player.frame) * this.scale;
    this.#playhead.setAttribute("transform", `translate(${x.toFixed(2)})`);
    const { scrollLeft, clientWidth } = this.#scroller;
    if (this.#zoom > 1 && !this.dragging && (x < scrollLeft || x > scrollLeft + clientWidth))
      this.#scroller.scrollLeft = x - (this.editor.player.playing ? 0.1 : 0.5) * clientWidth;
  }

  #band(mark, top, active) {
    const [x, right] = [mark.start_seconds * this.scale, mark.end_seconds * this.scale];
    const color = this.colors(mark.label);
    const width = Math.max(right - x, 1);
    const text = shortened(mark.label, width - 10);
    return shape("g", { class: mark.id === active ? "band active" : "band", "data-mark": mark.id },
      shape("title", {}, document.createTextNode(describe(mark))),
      shape("rect", { x, y: top + 1, width, height: LANE - 2, fill: color }),
      shape("text", { x: x + 5, y: top + 23, fill: readableOn(color) }, text),
      ...["start", "end"].map((edge) => shape("rect", {
        class: "edge", "data-edge": edge, y: top, height: LANE,
        x: (edge === "start" ? x : right - Math.min(7, width / 3)), width: Math.min(7, width / 3),
      })));
  }

  #flag(mark, next, active) {
    const x = mark.start_seconds * this.scale;
    const bottom = this.top.doubt;
    const room = (next ? next.start_seconds * this.scale : this.width) - x - 16;
    return shape("g", {
      class: mark.id === active ? "flag active" : "flag", "data-mark": mark.id, "data-edge": "start",
      transform: `translate(${x.toFixed(2)})`,
    },
      shape("title", {}, document.createTextNode(describe(mark))),
      shape("line", { y1: RULER + 4, y2: bottom }),
      shape("path", { d: `M0 ${RULER + 3}h10l-3 6 3 6h-10z`, fill: this.colors(mark.label) }),
      shape("text", { x: 13, y: RULER + 14 }, shortened(mark.label, room)),
      shape("rect", { class: "grip", x: -6, y: RULER, width: 22, height: EVENTS }));
  }

  #ruler() {
    const step = TICKS.find((seconds) => seconds * this.scale >= 84) ?? TICKS.at(-1);
    const shapes = [];
    for (let tick = 0; tick * step < this.editor.videoEnds; tick += 1) {
      const x = tick * step * this.scale;
      shapes.push(shape("line", { class: "tick", x1: x, x2: x, y1: 0, y2: this.height }));
      const text = step < 1 ? formatTime(tick * step) : formatTime(tick * step).slice(0, -4);
      if (x + 3 + text.length * LETTER <= this.width) shapes.push(shape("text", { class: "tick-time", x: x + 3, y: 13 }, text));
    }
    return shapes;
  }

  #model() {
    if (!this.showsModel) return [];
    return this.editor.predicted.map((mark) => {
      const x = mark.start_seconds * this.scale;
      const title = shape("title", {}, document.createTextNode(`The model: ${describe(mark)}`));
      const [y, fill] = [this.top.model + 2, this.colors(mark.label)];
      if (mark.kind === "event") return shape("path", { d: `M${x} ${y}l4 5-4 5-4-5z`, fill, class: "hint" }, title);
      const width = Math.max((mark.end_seconds - mark.start_seconds) * this.scale, 1);
      return shape("rect", { x, y, width, height: MODEL - 4, fill, class: "hint" }, title);
    });
  }

  #doubt() {
    if (!this.curves) return [];
    const part = this.editor.videoEnds / this.curves.doubt.length;
    return this.curves.doubt.flatMap((percent, index) => (percent < 5 ? [] : [shape("rect", {
      class: "doubt", x: index * part * this.scale, width: part * this.scale + 0.5,
      y: this.top.doubt + 1, height: DOUBT - 2, "fill-opacity": percent / 100,
    })]));
  }

  #curves() {
    if (!this.curves) return [];
    const bottom = this.top.curves + CURVES - 2;
    return Object.entries(this.curves.curves).map(([label, percents]) => {
      const part = this.width / percents.length;
      const points = percents.map((percent, index) =>
        `${((index + 0.5) * part).toFixed(1)},${(bottom - (percent / 100) * (CURVES - 6)).toFixed(1)}`);
      const color = this.colors(label);
      return shape("path", {
        class: "curve", stroke: color, fill: color,
        d: `M0,${bottom}L${points.join("L")}L${this.width},${bottom}z`,
      }, shape("title", {}, document.createTextNode(`How likely ${label} is, from 0 to 100 %`)));
    });
  }

  #names() {
    const subjects = subjectsOf(this.editor.marks);
    const name = (text, top, height) => shape("text", { x: 0, y: top + height / 2 + 4 }, text);
    const rows = [
      name("events", this.top.events, EVENTS),
      ...subjects.map((subject, at) => name(subject || "phases", this.top.lanes + at * LANE, LANE)),
    ];
    if (this.curves) rows.push(name("doubt", this.top.doubt, DOUBT), name("likely", this.top.curves, CURVES));
    if (this.showsModel) rows.push(name("model", this.top.model + 1, MODEL));
    const names = byId("timeline-names");
    names.setAttribute("height", this.height);
    names.replaceChildren(...rows);
  }
}

/** Returns as much of a label as there is room for, in pixels; nothing where that is a letter. */
function shortened(label, room) {
  const letters = Math.floor(room / LETTER);
  if (label.length <= letters) return label;
  return letters > 1 ? `${label.slice(0, letters - 1)}…` : "";
}

/** Returns black or white, whichever can be read on a color. */
function readableOn(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
}

/** Returns a mark in words. */
export function describe(mark) {
  const when = mark.end_seconds === null ? `at ${formatTime(mark.start_seconds)}`
    : `${formatTime(mark.start_seconds)} to ${formatTime(mark.end_seconds)}`;
  const sure = mark.confidence === null ? "" : `, ${Math.round(100 * mark.confidence)} % sure`;
  return `${mark.label}${mark.subject ? `, ${mark.subject}` : ""}, ${when}${sure}`;
}
