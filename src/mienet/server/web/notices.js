// What went wrong, or has to be decided: it stays on the page until somebody has dismissed it, also
// when the page is opened again.

import { announce, byId, element } from "./dom.js";

/** Shows notices; each part of the page has its own, by its name. */
export class Notices {
  #key;
  #parts = new Map(); // name to [{id, text, lines, buttons}]
  #shown = ""; // what is on the page, so that it is drawn, and focus lost, only when it changes

  constructor(folder) {
    this.#key = `mienet dismissed ${folder}`;
    byId("dismiss-all").addEventListener("click", () => this.#dismiss(this.#open()));
  }

  /**
   * Shows what a part of the page has to say now, in place of what it had.
   *
   * Args:
   *   notices: Each {id, text, lines, buttons}; `id` tells what was dismissed from what is new,
   *     `lines` are said below, `buttons` are [words, function].
   */
  show(part, notices) {
    this.#parts.set(part, notices);
    this.#draw();
  }

  /** Shows a notice again that was dismissed, should it come again. */
  recall(id) {
    const dismissed = this.#dismissed();
    if (dismissed.delete(id)) this.#keep(dismissed);
  }

  #open() {
    const dismissed = this.#dismissed();
    return [...this.#parts.values()].flat().filter(({ id }) => !dismissed.has(id));
  }

  #draw() {
    const open = this.#open();
    const shown = JSON.stringify(open);
    if (shown === this.#shown) return;
    const before = this.#shown;
    this.#shown = shown;
    byId("notices").hidden = !open.length;
    byId("dismiss-all").hidden = open.length < 2;
    byId("notice-list").replaceChildren(...open.map((notice) => this.#row(notice)));
    for (const { id, text } of open) if (!before.includes(JSON.stringify(id))) announce(text);
  }

  #row(notice) {
    const { text, lines = [], buttons = [] } = notice;
    return element("li", {},
      element("div", { className: "what" }, element("p", {}, text), ...lines.map((line) => element("p", { className: "facts" }, line))),
      ...buttons.map(([words, run]) => element("button", { type: "button", onclick: run }, words)),
      element("button", {
        type: "button", className: "quiet", "aria-label": `Dismiss: ${text}`, onclick: () => this.#dismiss([notice]),
      }, "×"));
  }

  #dismiss(notices) {
    const dismissed = this.#dismissed();
    for (const { id } of notices) dismissed.add(id);
    this.#keep(dismissed);
    this.#draw();
    byId("workspace").focus({ preventScroll: true }); // what had the focus is gone
  }

  #dismissed() {
    try {
      return new Set(JSON.parse(localStorage.getItem(this.#key)));
    } catch {
      return new Set(); // somebody has broken it
    }
  }

  #keep(dismissed) {
    try {
      localStorage.setItem(this.#key, JSON.stringify([...dismissed]));
    } catch {
      // Storage that is full or forbidden: they come again when the page is opened again.
    }
  }
}
