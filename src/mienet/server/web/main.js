// The page: makes its parts, and connects them.

import * as api from "./api.js";
import { Classes } from "./classes.js";
import { chooseLabels } from "./conflict.js";
import { changeSpeed, connectControls, DoubtWalk } from "./controls.js";
import { announce, attempt, byId, element, tell } from "./dom.js";
import { Editor } from "./editor.js";
import { Explanation } from "./explanation.js";
import { Jobs } from "./jobs.js";
import { listenToKeys } from "./keys.js";
import { VideoList } from "./list.js";
import { Live } from "./live.js";
import { MarksTable } from "./marks_table.js";
import { Models } from "./models.js";
import { Opener } from "./opening.js";
import { Palette } from "./palette.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { handlePointer } from "./timeline_pointer.js";
import { Uploads } from "./uploads.js";

const UNKNOWN_COLOR = "#79706e"; // until the server has given a new label one
const LEAST_TO_TEACH = 2; // as the server has it

let state = await api.getState();
const colors = (label) => state.colors[label] ?? UNKNOWN_COLOR;
const player = new Player(byId("video"));
const editor = new Editor(player);
const timeline = new Timeline(editor, colors);
const palette = new Palette(editor, colors);
const doubts = new DoubtWalk(editor);
const list = new VideoList((video) => open(video));
const models = new Models({ start: (job) => jobs.start(job), used: modelChanged });
const jobs = new Jobs({ finished: jobFinished, progressed: videosChanged, told: () => explanation.showJob() });
const explanation = new Explanation({ editor, jobs, model: () => state.model });
const classes = new Classes({ editor, predict: predictThis, explain: (label) => explanation.ask(label) });
const opener = new Opener({
  editor, player, timeline, folder: state.folder, jobs, chooseLabels, saverChanged: showSaving, saved: labelsSaved,
});
const page = {
  changeSpeed: (direction) => changeSpeed(player, direction),
  nextDoubt: (direction) => tell(doubts.go(direction)),
  explain: () => explanation.ask(),
  focusVideo: () => byId("workspace").focus({ preventScroll: true }),
  finishAndGoOn,
};

new MarksTable(editor, colors);
new Live({ colors, recorded: () => attempt(videosChanged) });
new Uploads({ added: videoAdded, imported: labelsImported });
handlePointer(timeline);
connectControls({ editor, player, palette, timeline, page });
listenToKeys({ editor, player, palette, timeline, page });
connectPage();
document.body.inert = false; // until now a click would be lost
showState();
await attempt(() => list.refresh());
showHint();
attempt(() => models.refresh());
jobs.refresh();

async function open(video) {
  document.body.dataset.view = "video";
  list.setCurrent(video.video);
  page.focusVideo();
  showHint();
  await opener.open(video);
  await showSaid();
  if (editor.video) announce(`${video.video}, ${editor.marks.length} phases and events`);
}

function finishAndGoOn() {
  if (!editor.video) return;
  const name = editor.video.video;
  editor.setFinished(true);
  opener.saver.flush(); // the list says finished once the server has it
  if (list.openNext()) tell(`${name} is finished.`);
  else tell("All videos are finished: export them, or teach a model.");
}

async function videoAdded(name) {
  await list.refresh();
  showHint();
  if (!editor.video) await open(list.find(name));
  else tell(`Added ${name}.`);
}

async function labelsImported() {
  await refreshState();
  await videosChanged();
}

async function modelChanged() {
  await refreshState();
  await videosChanged();
}

async function jobFinished() {
  await attempt(async () => {
    await models.refresh();
    await refreshState();
    await videosChanged();
  });
}

async function videosChanged() {
  await list.refresh();
  showHint();
  await opener.refresh();
  await showSaid();
}

/** Shows what the model says of the open video beside its timeline. */
function showSaid() {
  return attempt(() => Promise.all([classes.refresh(isOfClips()), explanation.refresh()]));
}

function isOfClips() {
  return state.model?.kind === "clips";
}

function predictThis() {
  return jobs.start({ kind: "predict", videos: [editor.video.video] });
}

async function labelsSaved(name, { marks, state: now }) {
  list.update(name, { state: now });
  showHint();
  if (marks.some((mark) => !(mark.label in state.colors))) await attempt(refreshState);
}

async function refreshState() {
  state = await api.getState();
  showState();
  timeline.draw();
}

function showState() {
  byId("folder").textContent = `\u200e${state.folder}`;
  byId("folder").title = state.folder;
  byId("model-name").textContent = state.model ? `Model: ${state.model.name}` : "No model yet";
  byId("open-live").hidden = !state.camera;
  byId("predict-one").hidden = !state.model || isOfClips(); // where the classes are, it is offered, too
  byId("explain").hidden = !state.model || isOfClips(); // each class has its own
  byId("next-doubt").hidden = isOfClips();
  for (const option of byId("order").options) option.hidden = option.disabled = isOfClips() && option.value !== "name";
  palette.setKnown(state);
  byId("export-format").replaceChildren(...state.formats.map((format) => element("option", { value: format }, format)));
}

/** Says what to do next, in a sentence, while no video is open. */
function showHint() {
  const hint = byId("hint");
  const finished = list.videos.filter((video) => video.state === "finished").length;
  const predicted = list.videos.some((video) => video.state === "predicted");
  hint.hidden = list.current !== null;
  byId("start-teaching").disabled = finished < LEAST_TO_TEACH;
  byId("teach-hint").textContent = finished < LEAST_TO_TEACH
    ? `Teaching needs at least ${LEAST_TO_TEACH} finished videos; there ${finished === 1 ? "is 1" : "are none"}.`
    : `Trains a model on the ${finished} finished videos. You can go on labeling meanwhile.`;
  if (!list.videos.length) hint.textContent = "No videos yet: drop some anywhere on this page, or choose them with “Add videos”.";
  else if (!state.model && finished < LEAST_TO_TEACH) hint.textContent = "Choose a video and label its phases; once some are finished, teach a model to do the rest.";
  else if (!state.model) hint.textContent = `${finished} videos are finished: press “Predict and teach” to teach a model, or go on labeling.`;
  else if (isOfClips()) hint.textContent = predicted ? "Choose a video: what the model takes it for is shown beside it, and why."
    : "Press “Predict and teach”, then “Predict all new videos”, or choose one.";
  else if (!predicted) hint.textContent = "Press “Predict and teach”, then “Predict all new videos”; what is found you can correct.";
  else hint.textContent = "Choose a predicted video and correct it: n goes to what the model is least sure of.";
}

function showSaving(saver) {
  const words = { saved: "Saved", saving: "Saving…", failed: `Not saved: ${saver.reason}` };
  const elsewhere = saver.video === editor.video?.video ? "" : `${saver.video}: `;
  if (elsewhere && saver.state !== "failed") return;
  byId("saving").textContent = elsewhere + words[saver.state];
  byId("saving").classList.toggle("failed", saver.state === "failed");
}

function connectPage() {
  byId("back").addEventListener("click", () => { document.body.dataset.view = "list"; });
  byId("open-help").addEventListener("click", () => byId("help").showModal());
  byId("open-exchange").addEventListener("click", () => {
    byId("export-one").disabled = !editor.video;
    byId("exchange").showModal();
  });
  byId("export-all").addEventListener("click", () => attempt(async () => {
    await opener.saver?.flush();
    await api.download(byId("export-format").value);
  }));
  byId("export-one").addEventListener("click", () => attempt(async () => {
    await opener.saver.flush();
    await api.download(byId("export-format").value, editor.video.video);
  }));
  for (const id of ["open-panel", "close-panel", "job-status"]) byId(id).addEventListener("click", () => showPanel(byId("panel").hidden));
  byId("start-over").addEventListener("click", askToStartOver);
  byId("predict-one").addEventListener("click", predictThis);
  addEventListener("pagehide", () => opener.saver?.flush(true));
}

function showPanel(shown) {
  byId("panel").hidden = !shown;
  byId("open-panel").setAttribute("aria-expanded", String(shown));
  if (shown) {
    byId("close-panel").focus();
    jobs.refresh();
  } else byId("open-panel").focus();
}

function askToStartOver() {
  const dialog = byId("start-over-dialog");
  byId("start-over-text").textContent = editor.predicted
    ? "Your labels of this video make way for the model’s prediction." : "Your labels of this video are taken away.";
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") attempt(async () => {
      list.update(editor.video.video, { state: (await opener.startOver()).state });
      tell("Started over. The labels before are kept in mienet/removed beside the videos.");
    });
  };
  dialog.showModal();
}
