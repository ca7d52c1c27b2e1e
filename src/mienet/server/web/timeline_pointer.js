// What mouse, pen and fingers do to the timeline: seek, drag borders and events from frame to frame
// (the player shows the frame under the border), zoom by wheel and by two fingers.

import { byId } from "./dom.js";
import { edgeLimits, moveEdge } from "./marks.js";
import { frameAt, nearestBorder } from "./time.js";

/** Lets a timeline be used. */
export function handlePointer(timeline) {
  const { svg, editor } = timeline;
  const scroller = byId("timeline");
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !editor.video) return;
    const edge = event.target.closest("[data-edge]");
    if (edge) drag(timeline, event, Number(edge.closest("[data-mark]").dataset.mark), edge.dataset.edge);
    else if (event.pointerType !== "touch") scrub(timeline, event); // fingers scroll
  });
  svg.addEventListener("click", (event) => {
    if (event.pointerType === "touch" && editor.video) seekTo(timeline, event);
  });
  scroller.addEventListener("wheel", (event) => {
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return; // scrolls
    event.preventDefault();
    timeline.zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event.clientX);
  }, { passive: false });
  pinch(timeline, scroller);
}

function seekTo(timeline, event) {
  const { editor } = timeline;
  editor.player.seek(frameAt(editor.borders, timeline.secondsAt(event.clientX)));
  const mark = event.target.closest("[data-mark]");
  editor.select(mark && Number(mark.dataset.mark));
}

/** Follows a pointer from its first event to its last; `move` hears of each place. */
function follow(timeline, event, move, end) {
  const { svg } = timeline;
  const stop = new AbortController();
  const heard = { signal: stop.signal };
  svg.setPointerCapture(event.pointerId);
  timeline.dragging = true;
  svg.addEventListener("pointermove", move, heard);
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, (last) => {
    stop.abort();
    timeline.dragging = false;
    end(last.type === "pointerup");
  }, heard);
}

function scrub(timeline, event) {
  seekTo(timeline, event);
  const { editor } = timeline;
  follow(timeline, event, (moved) => {
    editor.player.seek(frameAt(editor.borders, timeline.secondsAt(moved.clientX)));
  }, () => {});
}

function drag(timeline, event, id, edge) {
  const { editor } = timeline;
  const { borders, marks } = editor;
  const { first, last } = edgeLimits(marks, id, edge, borders);
  const mark = marks.find((other) => other.id === id);
  const from = nearestBorder(borders, mark[`${edge}_seconds`]);
  const offset = timeline.secondsAt(event.clientX) - borders[from];
  let at = from;
  const show = () => {
    timeline.drawMarks(moveEdge(marks, id, edge, borders[at]));
    editor.player.seek(Math.min(at, borders.length - 2));
  };
  editor.select(id);
  show();
  follow(timeline, event, (moved) => {
    const nearest = nearestBorder(borders, timeline.secondsAt(moved.clientX) - offset);
    const next = Math.min(Math.max(nearest, first), last);
    if (next === at) return;
    at = next;
    show();
  }, (done) => {
    if (done && at !== from) editor.change((now) => moveEdge(now, id, edge, borders[at]));
    else timeline.drawMarks();
  });
}

function pinch(timeline, scroller) {
  let apart = 0;
  const distance = ({ touches: [a, b] }) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  scroller.addEventListener("touchstart", (event) => {
    if (event.touches.length === 2) apart = distance(event);
  }, { passive: true });
  scroller.addEventListener("touchmove", (event) => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const now = distance(event);
    timeline.zoomBy(now / apart, (event.touches[0].clientX + event.touches[1].clientX) / 2);
    apart = now;
  }, { passive: false });
}
