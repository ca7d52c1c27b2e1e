// The open video: its marks, what is selected, and what can be done to them at the frame shown.

import * as editing from "./marks.js";
import { tell } from "./dom.js";
import { SAME_SECONDS, middleOf, nearestBorder } from "./time.js";

/** Fires "open", "change" (marks, finished), "select" and "frame". */
export class Editor extends EventTarget {
  #history = new editing.History([]);
  #selected = null;
  #active; // the id of what was active when somebody was told last
  #subject = "";

  video = null; // as /api/videos lists it
  borders = [0, 0];
  predicted = null;
  doubts = [];
  finished = false;

  constructor(player) {
    super();
    this.player = player;
    player.addEventListener("frame", () => this.#moved());
  }

  /** Opens a video with the server's labels of it, and what saves them. */
  open(video, { labels, borders, doubts, saver }) {
    Object.assign(this, { video, borders, doubts, saver, predicted: labels.predicted ?? null });
    this.takeLabels(labels);
    this.#subject = editing.subjectsOf(this.marks)[0];
    this.dispatchEvent(new Event("open"));
  }

  /** Takes the doubtful places, worst first. */
  takeDoubts(doubts) {
    this.doubts = doubts;
    this.#fire("change");
  }

  /** Forgets the video. */
  close() {
    this.video = null;
    this.dispatchEvent(new Event("open"));
  }

  /** Takes labels that are on the server; there is nothing to undo behind them. */
  takeLabels(labels) {
    this.#history = new editing.History(editing.withIds(labels.marks));
    this.finished = labels.state === "finished";
    this.corrected = labels.state === "finished" || labels.state === "draft";
    this.#selected = null;
    this.#fire("change");
  }

  get marks() {
    return this.#history.marks;
  }

  /** When the frame begins that is shown or was asked for, in seconds: keys may be quicker than pictures. */
  get seconds() {
    return this.borders[this.player.heading];
  }

  get videoEnds() {
    return this.borders.at(-1);
  }

  /** Who new marks are about. */
  get subject() {
    return this.#subject;
  }

  set subject(subject) {
    this.#subject = subject;
    this.#fire("select");
  }

  /** The mark that was chosen, else the phase under the playhead, else undefined. */
  get active() {
    return this.selected ?? editing.phaseAt(this.marks, this.seconds, this.#subject);
  }

  get selected() {
    return this.marks.find((mark) => mark.id === this.#selected);
  }

  /** Chooses a mark until the playhead leaves it. */
  select(id) {
    this.#selected = id;
    if (this.selected) this.#subject = this.selected.subject;
    this.#fire("select");
  }

  /** Goes to the frame that begins at a border. */
  seekTime(seconds) {
    this.player.seek(nearestBorder(this.borders, seconds));
  }

  /** Shows a mark: seeks its start and selects it. */
  show(mark) {
    this.seekTime(mark.start_seconds);
    this.select(mark.id);
  }

  /** Changes the marks by a function of marks.js; tells why where that is refused. */
  change(edit) {
    let marks;
    try {
      marks = edit(this.marks);
    } catch (error) {
      if (!(error instanceof editing.EditError)) throw error;
      tell(error.message, { bad: true });
      this.#fire("change"); // whoever shows what was refused shows again what is
      return false;
    }
    this.#history.push(marks);
    this.#save();
    return true;
  }

  /** Labels the phase under the playhead, or begins one where there is none. */
  labelPhase(label) {
    const phase = editing.phaseAt(this.marks, this.seconds, this.#subject);
    this.change((marks) => (phase ? editing.setLabel(marks, phase.id, label)
      : editing.addPhase(marks, label, this.seconds, this.videoEnds, this.#subject)));
  }

  /** Begins a phase at the playhead; one that is there ends here. */
  beginPhase(label) {
    const phase = editing.phaseAt(this.marks, this.seconds, this.#subject);
    if (!phase || Math.abs(phase.start_seconds - this.seconds) < SAME_SECONDS) this.labelPhase(label);
    else this.change((marks) => {
      const parts = editing.split(marks, phase.id, this.seconds);
      return editing.setLabel(parts, editing.phaseAt(parts, this.seconds, this.#subject).id, label);
    });
  }

  addEvent(label) {
    this.change((marks) => editing.addEvent(marks, label, this.seconds, this.#subject));
  }

  split() {
    const phase = editing.phaseAt(this.marks, this.seconds, this.#subject);
    if (phase) this.change((marks) => editing.split(marks, phase.id, this.seconds));
    else tell("No phase is under the playhead: press a to add one.", { bad: true });
  }

  join() {
    const { active } = this;
    if (active?.kind === "phase") this.change((marks) => editing.joinBefore(marks, active.id));
  }

  remove() {
    const { active } = this;
    if (active && this.change((marks) => editing.remove(marks, active.id)))
      tell(`Deleted ${active.label}; press z to bring it back.`);
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  undo() {
    if (this.#history.undo()) this.#save();
  }

  redo() {
    if (this.#history.redo()) this.#save();
  }

  /** Says that the labels are right, or that they are not yet. */
  setFinished(finished) {
    this.finished = finished;
    this.#save();
  }

  /** Goes to the border before (-1) or after (1) the frame shown. */
  seekBorder(direction) {
    const indices = editing.bordersOf(this.marks).map((time) => nearestBorder(this.borders, time));
    const frame = this.player.heading;
    const next = direction > 0 ? indices.find((index) => index > frame)
      : indices.findLast((index) => index < frame);
    if (next !== undefined) this.player.seek(next);
  }

  /** Plays the active phase again and again, or no longer. */
  toggleLoop() {
    const phase = this.active;
    if (this.player.loop) this.player.loop = null;
    else if (phase?.kind === "phase") {
      const [start, end] = [phase.start_seconds, phase.end_seconds].map((time) => nearestBorder(this.borders, time));
      this.player.loop = { start, end };
      if (!this.player.playing) this.player.toggle();
    } else tell("Go to a phase to loop it.", { bad: true });
    this.#fire("select");
  }

  #save() {
    this.corrected = true;
    this.saver.change(this.marks, this.finished);
    this.#fire("change");
  }

  #moved() {
    const chosen = this.selected;
    const middle = middleOf(this.borders, this.player.frame);
    const ends = chosen?.end_seconds ?? this.borders[nearestBorder(this.borders, chosen?.start_seconds ?? 0) + 1];
    const inside = chosen && chosen.start_seconds < middle && middle < ends;
    if (chosen && this.player.settled && !inside) this.#selected = null;
    if (this.active?.id !== this.#active) this.#fire("select");
    this.#fire("frame");
  }

  #fire(name) {
    this.#active = this.active?.id;
    this.dispatchEvent(new Event(name));
  }
}
