// Asking before something is done: a dialog with a question, and what either answer does.

import { byId } from "./dom.js";

/** Asks, and resolves to whether the answer was yes; `yes` and `no` are what the buttons say. */
export async function ask({ title, text, yes, no }) {
  for (const [id, words] of Object.entries({ title, text, yes, no })) byId(`question-${id}`).textContent = words;
  return await answerOf(byId("question-dialog")) === "yes";
}

/** Shows a dialog, and resolves to the value of the button that was pressed, "" for none. */
export function answerOf(dialog) {
  dialog.onclose?.(); // of the question before, whose closing may not have been told yet
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (!dialog.open) resolve(dialog.returnValue);
    };
  });
}
