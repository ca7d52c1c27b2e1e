// Asking before something is done: a dialog with a question, and what either answer does.

import { byId } from "./dom.js";

let last = Promise.resolve(); // the answer to the question before

/** Asks, and resolves to whether the answer was yes; `yes` and `no` are what the buttons say. */
export async function ask({ title, text, yes, no }) {
  return await answerOf(byId("question-dialog"), () => {
    for (const [id, words] of Object.entries({ title, text, yes, no })) byId(`question-${id}`).textContent = words;
  }) === "yes";
}

/**
 * Shows a dialog when all others are answered, and resolves to the value of the button that was
 * pressed, "" for none; `fill()` is called before it is shown.
 */
export function answerOf(dialog, fill) {
  last = last.then(() => new Promise((resolve) => {
    fill();
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    dialog.showModal();
  }));
  return last;
}
