// The labels to choose from, as buttons and number keys, and the dialog for new ones.

import { byId, element, tell } from "./dom.js";
import { subjectsOf } from "./marks.js";

/** Returns a sentence where a name is known as that of the other kind, which BORIS cannot hold; else "". */
export function clashOf(kind, name) {
  const [other, called] = kind === "phase" ? ["events", "an event"] : ["phases", "a phase"];
  const isKnown = [...byId(`known-${other}`).options].some((option) => option.value === name);
  return isKnown ? `There is ${called} of this name. BORIS cannot have both: choose another name, to be able to export to it.` : "";
}

/** Shows the labels that are known: the model's, those in use, and those just typed. */
export class Palette {
  phases = [];
  events = [];

  constructor(editor, colors) {
    this.editor = editor;
    this.colors = colors;
    editor.addEventListener("open", () => { this.#added = { phase: [], event: [] }; this.show(); });
    editor.addEventListener("change", () => this.show());
    editor.addEventListener("select", () => this.show());
    byId("add-label").addEventListener("click", () => this.ask());
    byId("subject").addEventListener("input", (event) => { editor.subject = event.target.value; });
    byId("label-dialog").addEventListener("submit", (event) => this.#asked(event));
    byId("label-dialog").addEventListener("input", () => this.#warn());
  }

  /** Takes the labels that the server knows. */
  setKnown({ phases, events }) {
    this.known = { phase: phases, event: events };
    this.show();
  }

  /** Lets a label that has another name now keep its key. */
  rename(kind, label, to) {
    for (const list of [kind === "phase" ? this.phases : this.events, this.#added[kind]]) {
      const at = list.indexOf(label);
      if (at >= 0) list[at] = to;
    }
  }

  known = { phase: [], event: [] };
  #added = { phase: [], event: [] };

  /** Shows the buttons anew. */
  show() {
    const used = (kind) => this.editor.marks.filter((mark) => mark.kind === kind).map((mark) => mark.label);
    const all = (kind, before) => {
      const labels = new Set([...this.known[kind], ...this.#added[kind], ...used(kind)]);
      // Those that had a number keep it, as fingers have learned it.
      return [...before.filter((label) => labels.delete(label)), ...labels];
    };
    [this.phases, this.events] = [all("phase", this.phases), all("event", this.events)];
    const active = this.editor.video && this.editor.active;
    const button = (label, at, kind) => element("button", {
      type: "button", className: "label", title: label,
      "aria-pressed": kind === "phase" ? String(active?.kind === kind && active.label === label) : null,
      onclick: () => (kind === "phase" ? this.editor.labelPhase(label) : this.editor.addEvent(label)),
    },
      element("span", { className: `swatch ${kind}` }), element("span", {}, label),
      at < 9 ? element("kbd", {}, kind === "phase" ? `${at + 1}` : `⇧${at + 1}`) : null);
    for (const [id, labels, kind] of [["phase-labels", this.phases, "phase"], ["event-labels", this.events, "event"]]) {
      byId(id).replaceChildren(...labels.map((label, at) => button(label, at, kind)));
      [...byId(id).children].forEach((made, at) => { made.firstChild.style.background = this.colors(labels[at]); });
      byId(`known-${kind}s`).replaceChildren(...labels.map((value) => element("option", { value })));
    }
    this.#showSubjects();
  }

  /** Labels what is under the playhead with the label of a number key, from 1. */
  press(number, kind) {
    const label = (kind === "phase" ? this.phases : this.events)[number - 1];
    if (!label) tell(`There is no ${kind} ${number}: press ${kind === "phase" ? "a" : "e"} to add one.`, { bad: true });
    else if (kind === "phase") this.editor.labelPhase(label);
    else this.editor.addEvent(label);
  }

  /** Asks for a label, known or new, and begins a phase or marks an event at the playhead. */
  ask(kind = "phase") {
    if (!this.editor.video) return;
    const dialog = byId("label-dialog");
    const form = dialog.querySelector("form");
    form.reset();
    form.elements.kind.value = kind;
    this.#list(kind);
    this.#warn();
    form.onchange = () => this.#list(form.elements.kind.value);
    dialog.showModal();
    byId("label-name").focus();
  }

  #list(kind) {
    byId("label-name").setAttribute("list", `known-${kind}s`);
  }

  /** Says in the dialog whether a name is that of the other kind. */
  #warn() {
    const { kind, name } = byId("label-dialog").querySelector("form").elements;
    const note = clashOf(kind.value, name.value.trim());
    byId("label-note").hidden = !note;
    byId("label-note").textContent = note;
  }

  #asked({ target, submitter }) {
    const { kind, name } = target.elements;
    const label = name.value.trim();
    if (submitter?.value === "cancel" || !label) return;
    this.#added[kind.value].push(label);
    if (kind.value === "phase") this.editor.beginPhase(label);
    else this.editor.addEvent(label);
  }

  #showSubjects() {
    const subjects = this.editor.video ? subjectsOf(this.editor.marks) : [""];
    byId("subject-choice").hidden = subjects.length < 2;
    byId("subject").replaceChildren(...subjects.map((subject) =>
      element("option", { value: subject, selected: subject === this.editor.subject }, subject || "(nobody named)")));
    byId("known-subjects").replaceChildren(...subjects.filter(Boolean).map((value) => element("option", { value })));
  }
}
