// Editing marks. A mark is {id, kind: "phase" | "event", label, start_seconds, end_seconds | null,
// subject, confidence: null | 0..1}; phases of one subject never overlap. Every function returns a
// new, sorted list and leaves the old one as it was, so that undo is keeping the old one. What
// cannot be done throws an EditError that says why.

import { SAME_SECONDS, nearestBorder } from "./time.js";

export class EditError extends Error {}

let lastId = 0;

const inOrder = (marks) => [...marks].sort((a, b) =>
  a.start_seconds - b.start_seconds || a.kind.localeCompare(b.kind) || a.id - b.id);
const find = (marks, id) => marks.find((mark) => mark.id === id);
const same = (a, b) => Math.abs(a - b) < SAME_SECONDS;
// What a person has changed is a person's: no model is more or less sure of it.
const changed = (marks, id, values) => inOrder(marks.map((mark) =>
  mark.id === id ? { ...mark, confidence: null, ...values } : mark));

/** Returns marks as the server sends them, with an id each. */
export function withIds(marks) {
  return inOrder(marks.map((mark) => ({ ...mark, id: ++lastId })));
}

/** Returns marks as the server takes them. */
export function withoutIds(marks) {
  return marks.map(({ id, ...mark }) => mark);
}

/** Returns the phases of a subject, by time. */
export function phasesOf(marks, subject) {
  return marks.filter((mark) => mark.kind === "phase" && mark.subject === subject);
}

/** Returns all subjects, the one without a name if nobody else is there. */
export function subjectsOf(marks) {
  const subjects = [...new Set(marks.map((mark) => mark.subject))].sort();
  return subjects.length ? subjects : [""];
}

/** Returns the phase of a subject that a time lies in, or undefined. */
export function phaseAt(marks, seconds, subject) {
  return phasesOf(marks, subject).find((mark) =>
    mark.start_seconds <= seconds + SAME_SECONDS && seconds + SAME_SECONDS < mark.end_seconds);
}

/** Returns all times at which something begins, ends or happens, each once. */
export function bordersOf(marks) {
  const times = marks.flatMap((mark) => [mark.start_seconds, mark.end_seconds ?? mark.start_seconds]);
  return times.sort((a, b) => a - b).filter((time, at) => !at || !same(time, times[at - 1]));
}

/** Adds a phase from a time to the next phase of the subject, or to the video's end. */
export function addPhase(marks, label, seconds, videoEnds, subject) {
  if (phaseAt(marks, seconds, subject)) throw new EditError("There is a phase already: split it.");
  const next = phasesOf(marks, subject).find((mark) => mark.start_seconds > seconds);
  const end_seconds = next ? next.start_seconds : videoEnds;
  if (end_seconds - seconds < SAME_SECONDS) throw new EditError("No room for a phase here.");
  return inOrder([...marks, {
    id: ++lastId, kind: "phase", label, start_seconds: seconds, end_seconds, subject, confidence: null,
  }]);
}

/** Adds an event; the same one at the same moment a second time is refused. */
export function addEvent(marks, label, seconds, subject) {
  const twice = marks.some((mark) => mark.kind === "event" && mark.label === label
    && mark.subject === subject && same(mark.start_seconds, seconds));
  if (twice) throw new EditError(`${label} is marked here already.`);
  return inOrder([...marks, {
    id: ++lastId, kind: "event", label, start_seconds: seconds, end_seconds: null, subject,
    confidence: null,
  }]);
}

/** Splits a phase at a time inside it; both parts keep its label. */
export function split(marks, id, seconds) {
  const phase = find(marks, id);
  if (seconds - phase.start_seconds < SAME_SECONDS || phase.end_seconds - seconds < SAME_SECONDS)
    throw new EditError("A phase begins here already: go to a frame inside it to split it.");
  const second = { ...phase, id: ++lastId, start_seconds: seconds, confidence: null };
  return inOrder([...changed(marks, id, { end_seconds: seconds }), second]);
}

/** Joins a phase to the one before it, which it must touch; the label is that of the one before. */
export function joinBefore(marks, id) {
  const phase = find(marks, id);
  const before = touching(marks, phase, "start");
  if (!before) throw new EditError("No phase ends where this one begins.");
  return changed(remove(marks, id), before.id, { end_seconds: phase.end_seconds });
}

/** Removes a mark. */
export function remove(marks, id) {
  return marks.filter((mark) => mark.id !== id);
}

/** Gives a mark another label. */
export function setLabel(marks, id, label) {
  if (!label.trim()) throw new EditError("A label cannot be empty.");
  return changed(marks, id, { label: label.trim() });
}

/** Says who it is that does it; refused where that subject has another phase at the time. */
export function setSubject(marks, id, subject) {
  return withoutOverlaps(changed(marks, id, { subject: subject.trim() }), id);
}

/** Sets a mark's times in seconds; other marks stay, so overlaps are refused. */
export function setTimes(marks, id, start_seconds, end_seconds) {
  if (end_seconds !== null && end_seconds - start_seconds < SAME_SECONDS)
    throw new EditError("A phase must end after it begins.");
  return withoutOverlaps(changed(marks, id, { start_seconds, end_seconds }), id);
}

/** Returns where an edge may lie: indices of the first and the last border. A phase keeps a frame. */
export function edgeLimits(marks, id, edge, borders) {
  const mark = find(marks, id);
  if (mark.kind === "event") return { first: 0, last: borders.length - 2 };
  const index = (seconds) => nearestBorder(borders, seconds);
  const neighbor = touching(marks, mark, edge);
  const others = phasesOf(marks, mark.subject).filter((other) => other.id !== id && other.id !== neighbor?.id);
  if (edge === "start") {
    const ends = others.map((other) => index(other.end_seconds)).filter((end) => end <= index(mark.start_seconds));
    const first = neighbor ? index(neighbor.start_seconds) + 1 : Math.max(0, ...ends);
    return { first, last: index(mark.end_seconds) - 1 };
  }
  const starts = others.map((other) => index(other.start_seconds)).filter((start) => start >= index(mark.end_seconds));
  const last = neighbor ? index(neighbor.end_seconds) - 1 : Math.min(borders.length - 1, ...starts);
  return { first: index(mark.start_seconds) + 1, last };
}

/** Moves "start" or "end" of a mark; a border that two phases share moves for both. */
export function moveEdge(marks, id, edge, seconds) {
  const mark = find(marks, id);
  const neighbor = mark.kind === "phase" && touching(marks, mark, edge);
  const moved = changed(marks, id, { [`${edge}_seconds`]: seconds });
  const across = edge === "start" ? "end_seconds" : "start_seconds";
  return neighbor ? changed(moved, neighbor.id, { [across]: seconds }) : moved;
}

/** Returns whether two lists say the same, whatever their ids. */
export function alike(marks, others) {
  const text = (list) => JSON.stringify(inOrder(list.map((mark) => ({ ...mark, id: 0 }))).map((mark) =>
    [mark.kind, mark.label, mark.start_seconds, mark.end_seconds, mark.subject, mark.confidence]));
  return text(marks) === text(others);
}

/** Returns the phase of the same subject that shares an edge with a phase, or undefined. */
function touching(marks, phase, edge) {
  return phasesOf(marks, phase.subject).find((other) => other.id !== phase.id && (edge === "start"
    ? same(other.end_seconds, phase.start_seconds) : same(other.start_seconds, phase.end_seconds)));
}

function withoutOverlaps(marks, id) {
  const mark = find(marks, id);
  const other = mark.kind === "phase" && phasesOf(marks, mark.subject).find((phase) => phase.id !== id
    && phase.start_seconds < mark.end_seconds - SAME_SECONDS
    && mark.start_seconds < phase.end_seconds - SAME_SECONDS);
  if (other) throw new EditError(`This would overlap ${other.label}: move that one first.`);
  return marks;
}

/** What was before, and what was taken back. */
export class History {
  #past = [];
  #future = [];

  constructor(marks) {
    this.marks = marks;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Goes on to a new list. */
  push(marks) {
    this.#past.push(this.marks);
    this.#future = [];
    this.marks = marks;
  }

  /** Goes back one step and returns whether there was one. */
  undo() {
    return this.#step(this.#past, this.#future);
  }

  /** Takes back an undo and returns whether there was one. */
  redo() {
    return this.#step(this.#future, this.#past);
  }

  #step(from, to) {
    if (!from.length) return false;
    to.push(this.marks);
    this.marks = from.pop();
    return true;
  }
}
