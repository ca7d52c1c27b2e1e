// Where labels were changed in two places: shows in what they differ, and asks which shall stay.

import { byId, element } from "./dom.js";
import { answerOf } from "./question.js";
import { describe } from "./timeline.js";

/** Resolves to `mine` or `theirs`; either has marks. `others` is what theirs are called. */
export async function chooseLabels(video, mine, theirs, others = "The saved ones") {
  const lines = (one, other) => {
    const known = new Set(other.marks.map(describe));
    const own = one.marks.map(describe).filter((line) => !known.has(line));
    const summary = `${one.marks.length} phases and events${own.length ? "; only here:" : ""}`;
    return [element("li", {}, summary), ...own.map((line) => element("li", {}, line))];
  };
  const fill = () => {
    byId("conflict-video").textContent = video;
    byId("conflict-others").textContent = others;
    byId("conflict-take").textContent = `Take ${others[0].toLowerCase()}${others.slice(1)}`;
    byId("conflict-mine").replaceChildren(...lines(mine, theirs));
    byId("conflict-theirs").replaceChildren(...lines(theirs, mine));
  };
  let answer = "";
  while (!answer) answer = await answerOf(byId("conflict-dialog"), fill); // Escape chooses neither
  return answer === "theirs" ? theirs : mine;
}
