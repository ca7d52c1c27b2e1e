// The marks as a table: to read, to type exact times and names, and for screen readers.

import { byId, element, tell } from "./dom.js";
import * as editing from "./marks.js";
import { clashOf } from "./palette.js";
import { formatTime, nearestBorder, parseTime } from "./time.js";

/** Shows an editor's marks in the table; `colors` is a function from a label to its color. */
export class MarksTable {
  #rows = new Map(); // of each mark's id

  constructor(editor, colors) {
    this.editor = editor;
    this.colors = colors;
    this.body = byId("marks");
    for (const name of ["open", "change"]) editor.addEventListener(name, () => this.show());
    for (const name of ["select", "frame"]) editor.addEventListener(name, () => this.#highlight());
  }

  /** Shows the marks as they are; the field in use keeps the focus. */
  show() {
    const marks = this.editor.video ? this.editor.marks : [];
    const ids = new Set(marks.map((mark) => mark.id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    const focused = document.activeElement;
    const rows = marks.map((mark) => this.#row(mark));
    const moved = rows.some((row, at) => this.body.children[at] !== row) || rows.length !== this.body.children.length;
    if (moved) {
      this.body.replaceChildren(...rows);
      if (this.body.contains(focused)) focused.focus();
    }
    byId("no-marks").hidden = !this.editor.video || marks.length > 0;
    byId("marks-table").hidden = marks.length === 0;
    this.#highlight();
  }

  /** Takes the colors anew; what is being typed stays. */
  recolor() {
    for (const mark of this.editor.video ? this.editor.marks : []) {
      const row = this.#rows.get(mark.id);
      if (row) row.swatch.style.background = this.colors(mark.label);
    }
  }

  #row(mark) {
    const row = this.#rows.get(mark.id) ?? this.#make(mark);
    this.#rows.set(mark.id, row);
    const values = {
      label: mark.label, start: formatTime(mark.start_seconds),
      end: mark.end_seconds === null ? "" : formatTime(mark.end_seconds), subject: mark.subject,
    };
    for (const [name, value] of Object.entries(values))
      if (row.fields[name]) row.fields[name].value = value;
    row.swatch.style.background = this.colors(mark.label);
    row.sure.textContent = mark.confidence === null ? "" : `${Math.round(100 * mark.confidence)} %`;
    row.sure.classList.toggle("bad", mark.confidence !== null && mark.confidence < 0.6);
    return row;
  }

  #make({ id, kind }) {
    const { editor } = this;
    const find = () => editor.marks.find((mark) => mark.id === id);
    const field = (name, label, change, extra = {}) => element("input", {
      type: "text", "aria-label": label, autocomplete: "off", maxLength: 200, spellcheck: false, className: name, ...extra,
      onchange: (event) => change(event.target.value),
    });
    const setTime = (edge) => (text) => {
      const typed = parseTime(text);
      const { borders } = editor;
      const last = borders.length - (edge === "start" ? 2 : 1);
      // A frame's border, since marks begin and end with frames; NaN is refused below.
      const seconds = borders[Math.min(nearestBorder(borders, typed), last)];
      const { start_seconds, end_seconds } = find();
      const times = edge === "start" ? [seconds, end_seconds] : [start_seconds, seconds];
      editor.change((marks) => {
        if (Number.isNaN(typed)) throw new editing.EditError(`"${text}" is not a time: write 1:02.345 or 62.345.`);
        return editing.setTimes(marks, id, ...times);
      });
    };
    const setLabel = (text) => {
      const clash = clashOf(kind, text.trim());
      if (editor.change((marks) => editing.setLabel(marks, id, text)) && clash) tell(clash, { bad: true });
    };
    const fields = {
      label: field("label", `${kind}: label`, setLabel, { list: `known-${kind}s` }),
      start: field("time", kind === "phase" ? "start" : "time", setTime("start"), { inputMode: "decimal" }),
      end: kind === "phase" ? field("time", "end", setTime("end"), { inputMode: "decimal" }) : null,
      subject: field("subject", "who", (text) => editor.change((marks) => editing.setSubject(marks, id, text)), { list: "known-subjects" }),
    };
    const swatch = element("span", { className: `swatch ${kind}` });
    const sure = element("td", { className: "number" });
    const row = element("tr", {},
      element("td", {}, element("button", {
        type: "button", className: "go", title: "Show it", "aria-label": `Show this ${kind}`,
        onclick: () => editor.show(find()),
      }, swatch, element("span", { className: "wide" }, kind))),
      ...[fields.label, fields.start, fields.end, fields.subject].map((input) => element("td", {}, input)),
      sure,
      element("td", {}, element("button", {
        type: "button", className: "quiet", title: "Delete", "aria-label": `Delete this ${kind}`,
        onclick: () => { editor.select(id); editor.remove(); },
      }, "×")));
    return Object.assign(row, { fields, swatch, sure });
  }

  #highlight() {
    const active = this.editor.video ? this.editor.active?.id : null;
    for (const [id, row] of this.#rows) row.classList.toggle("active", id === active);
  }
}
