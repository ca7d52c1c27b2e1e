// Renaming a label in all videos, and in what models say of them.

import { renameLabel } from "./api.js";
import { attempt, byId, element, tell } from "./dom.js";

/**
 * Connects the button and the dialog.
 *
 * Args:
 *   palette: Whose labels can be renamed.
 *   before: Called before the server renames: saves what is not saved.
 *   renamed: Called after it.
 */
export function connectRenaming({ palette, before, renamed }) {
  const dialog = byId("rename-dialog");
  const form = dialog.querySelector("form");
  byId("rename-label").addEventListener("click", () => {
    form.reset();
    const option = (kind) => (name) => element("option", { value: JSON.stringify([kind, name]) }, `${name} (${kind})`);
    byId("rename-from").replaceChildren(...palette.phases.map(option("phase")), ...palette.events.map(option("event")));
    dialog.showModal();
  });
  dialog.addEventListener("submit", ({ submitter }) => {
    const { from, to } = form.elements;
    const name = to.value.trim();
    if (submitter?.value === "cancel" || !name || !from.value) return;
    const [kind, label] = JSON.parse(from.value);
    attempt(async () => {
      await before();
      const { videos, models } = await renameLabel(kind, label, name);
      await renamed(kind, label, name);
      tell(`${label} is ${name} in ${videos.length} ${videos.length === 1 ? "video" : "videos"}${models.length ? ", and in what models say" : ""}.`);
    });
  });
}
