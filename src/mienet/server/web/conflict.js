// Where labels were changed in two places: shows in what they differ, and asks which shall stay.

import { byId, element } from "./dom.js";
import { answerOf } from "./question.js";
import { describe } from "./timeline.js";

/** Resolves to `mine` or `theirs`; either has marks. `others` is what theirs are called. */
export async function chooseLabels(video, mine, theirs, others = "The saved ones") {
  const dialog = byId("conflict-dialog");
  byId("conflict-video").textContent = video;
  byId("conflict-others").textContent = others;
  byId("conflict-take").textContent = `Take ${others[0].toLowerCase()}${others.slice(1)}`;
  const lines = (one, other) => {
    const others = new Set(other.marks.map(describe));
    const own = one.marks.map(describe).filter((line) => !others.has(line));
    const summary = `${one.marks.length} phases and events${own.length ? "; only here:" : ""}`;
    return [element("li", {}, summary), ...own.map((line) => element("li", {}, line))];
  };
  byId("conflict-mine").replaceChildren(...lines(mine, theirs));
  byId("conflict-theirs").replaceChildren(...lines(theirs, mine));
  dialog.oncancel = (event) => event.preventDefault(); // either must be chosen
  return await answerOf(dialog) === "theirs" ? theirs : mine;
}
