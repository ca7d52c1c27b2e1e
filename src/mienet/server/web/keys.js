// The keys, each once: what it is called, what it does.

import { byId, element } from "./dom.js";

/** Returns groups of [keys, what they do, function]; keys are names of KeyboardEvent.key. */
function commands({ editor, player, palette, timeline, page }) {
  return {
    Play: [
      [[" "], "Play or pause", () => player.toggle()],
      [["ArrowLeft", ","], "One frame back", () => player.step(-1)],
      [["ArrowRight", "."], "One frame on", () => player.step(1)],
      [["Shift+ArrowLeft"], "Ten frames back", () => player.step(-10)],
      [["Shift+ArrowRight"], "Ten frames on", () => player.step(10)],
      [["Home"], "First frame", () => player.seek(0)],
      [["End"], "Last frame", () => player.seek(Infinity)],
      [["<"], "Slower", () => page.changeSpeed(-1)],
      [[">"], "Faster", () => page.changeSpeed(1)],
      [["l"], "Loop the phase, or stop looping", () => editor.toggleLoop()],
    ],
    Find: [
      [["["], "Border before", () => editor.seekBorder(-1)],
      [["]"], "Border after", () => editor.seekBorder(1)],
      [["n"], "Next doubtful place", () => page.nextDoubt(1)],
      [["Shift+n"], "Doubtful place before", () => page.nextDoubt(-1)],
      [["w"], "Why the model says so", () => page.explain()],
      [["c"], "What a model of clips takes the loop for, or the video", () => page.classify()],
      [["+"], "Zoom in", () => timeline.zoomBy(1.6)],
      [["-"], "Zoom out", () => timeline.zoomBy(1 / 1.6)],
      [["0"], "Show the whole video", () => timeline.fit()],
    ],
    Label: [
      [["a"], "Add a phase here, with a label of your choice", () => palette.ask("phase")],
      [["e"], "Add an event here", () => palette.ask("event")],
      [["s"], "Split the phase at the playhead", () => editor.split()],
      [["j"], "Join the phase to the one before it", () => editor.join()],
      [["Delete", "Backspace"], "Delete the phase or event", () => editor.remove()],
      [["z"], "Undo", () => editor.undo()],
      [["Shift+z"], "Redo", () => editor.redo()],
      [["Enter"], "Finished: go to the next video", () => page.finishAndGoOn()],
    ],
  };
}

const SIGNS = {
  " ": "space", ArrowLeft: "←", ArrowRight: "→", Delete: "del", Backspace: "⌫", Enter: "enter",
};
const typing = (target) => target.closest("input:not([type=range]), select, textarea, dialog, [contenteditable]");
// A button, link or menu in focus takes these keys for itself, as everywhere.
const pressing = (target) => target.closest("button, a, summary");

/** Listens to the keys, and lists them in the help. */
export function listenToKeys(parts) {
  const groups = commands(parts);
  const byKey = new Map(Object.values(groups).flat().flatMap(([keys, , run]) => keys.map((key) => [key, run])));
  listKeys(groups);
  addEventListener("keydown", (event) => {
    // Many keyboards have brackets at a digit with AltGr, which is Alt on a Mac, and Ctrl and Alt on Windows.
    const isBracket = "[]".includes(event.key) && (event.altKey || event.getModifierState("AltGraph"));
    if (event.defaultPrevented || (event.altKey && !isBracket) || typing(event.target)) return;
    const control = (event.ctrlKey || event.metaKey) && !isBracket;
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (control && letter !== "z") return;
    if (event.key === "?") byId("help").showModal();
    else if (!parts.editor.video || document.body.dataset.view !== "video") return; // nobody sees what they would do
    else if (/^(Digit|Numpad)[1-9]$/.test(event.code) && !control && !isBracket)
      parts.palette.press(Number(event.code.at(-1)), event.shiftKey ? "event" : "phase");
    else if ([" ", "Enter"].includes(event.key) && pressing(event.target)) return;
    else {
      const shifted = event.shiftKey && (letter.length > 1 || /[a-z]/.test(letter));
      const run = byKey.get(shifted ? `Shift+${letter}` : letter);
      if (!run) return;
      run();
    }
    event.preventDefault();
  });
}

function listKeys(groups) {
  const sign = (key) => key.split("+").filter(Boolean).map((part) => SIGNS[part] ?? part.toLowerCase()).join(" ") || "+";
  const row = ([keys, text]) => [
    element("dt", {}, ...keys.map((key) => element("kbd", {}, sign(key)))), element("dd", {}, text),
  ];
  const numbers = [["1–9"], "Label the phase under the playhead, or begin one"];
  const events = [["Shift+1–9"], "Add the event of that number"];
  byId("key-list").replaceChildren(...Object.entries(groups).map(([title, rows]) => element("section", {},
    element("h3", {}, title),
    element("dl", {}, ...(title === "Label" ? [numbers, events, ...rows] : rows).flatMap(row)))));
}
