// Asking before something is done: a dialog with a question, and what either answer does.

import { byId } from "./dom.js";

/** Asks, and resolves to whether the answer was yes; `yes` and `no` are what the buttons say. */
export function ask({ title, text, yes, no }) {
  const dialog = byId("question-dialog");
  for (const [id, words] of Object.entries({ title, text, yes, no })) byId(`question-${id}`).textContent = words;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}
