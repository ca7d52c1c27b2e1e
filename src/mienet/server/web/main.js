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
import { Opener, RETRY_MILLISECONDS, wait } from "./opening.js";
import { Palette } from "./palette.js";
import { currentPlace, goTo, listenToPlaces } from "./place.js";
import { Notices } from "./notices.js";
import { Player } from "./player.js";
import { ask } from "./question.js";
import { connectRenaming } from "./renaming.js";
import { Source } from "./source.js";
import { showStrays } from "./strays.js";
import { Timeline } from "./timeline.js";
import { handlePointer } from "./timeline_pointer.js";
import { allUnsaved } from "./unsaved.js";
import { Uploads } from "./uploads.js";

const UNKNOWN_COLOR = "#79706e"; // until the server has given a new label one
const LEAST_TO_TEACH = 2; // as the server has it
const LIGHTER = { "#555555": "#a6a6a6", "#79706e": "#b3aaa8" }; // of greys that a dark page swallows
const dark = matchMedia("(prefers-color-scheme: dark)");

let state = await firstState();
const failing = new Set(); // savers of labels that the server does not have
const colors = (label) => {
  const color = state.colors[label] ?? UNKNOWN_COLOR;
  return (dark.matches && LIGHTER[color]) || color;
};
const notices = new Notices(state.identity);
const player = new Player(byId("video"));
const editor = new Editor(player);
const timeline = new Timeline(editor, colors);
const palette = new Palette(editor, colors);
const doubts = new DoubtWalk(editor);
const list = new VideoList({ open: (video) => open(video), found: ({ strays }) => showStrays(notices, strays, labelsImported) });
const models = new Models({ start: (job) => jobs.start(job), usesOther: modelChanged });
const jobs = new Jobs({
  finished: jobFinished, progressed: videosChanged, told: () => { explanation.showJob(); source.showJob(); }, models, notices, showPanel: () => showPanel(true),
});
const explanation = new Explanation({ editor, jobs, model: () => state.model });
const classes = new Classes({ editor, predict: (part) => predictThis(part), explain: (label) => explanation.ask(label) });
const source = new Source({ player, jobs, notices, showPanel: () => showPanel(true) });
const opener = new Opener({
  editor, source, timeline, folder: state.identity, jobs, chooseLabels, saverChanged: showSaving, saved: labelsSaved, recovered: showUnsaved,
});
const page = {
  changeSpeed: (direction) => changeSpeed(player, direction),
  nextDoubt: (direction) => tell(doubts.go(direction)),
  explain: () => explanation.ask(),
  classify: () => classes.ask(),
  focusVideo: () => byId("workspace").focus({ preventScroll: true }),
  finishAndGoOn,
};

const table = new MarksTable(editor, colors);
const live = new Live({ colors, recorded: () => attempt(videosChanged), left: leaveLive });
new Uploads({ endings: state.video_endings, added: videoAdded, imported: labelsImported });
connectRenaming({ palette, before: requireSaved, renamed: labelRenamed });
handlePointer(timeline);
connectControls({ editor, player, palette, timeline, page });
listenToKeys({ editor, player, palette, timeline, page });
connectPage();
document.body.inert = false; // until now a click would be lost
showState();
await attempt(() => list.refresh());
showHint();
showUnsaved();
attempt(() => models.refresh());
jobs.refresh();
listenToPlaces(show);
if (currentPlace().view !== "list") show(currentPlace());

/** Returns what the server has, without which there is no page: one that does not answer is asked again. */
async function firstState() {
  for (;;) {
    try {
      return await api.getState();
    } catch (error) {
      tell(error.isAway ? `${error.message} Trying again.` : error.message, { bad: true });
      if (!error.isAway) throw error;
      await wait(RETRY_MILLISECONDS);
    }
  }
}

async function open(video) {
  document.body.dataset.view = "video";
  goTo({ view: "video", video: video.video });
  list.setCurrent(video.video);
  page.focusVideo();
  showHint();
  await opener.open(video);
  await showSaid();
  if (editor.video) announce(`${video.video}, ${editor.marks.length} phases and events`);
}

/** Shows the place that the address names. */
function show(place) {
  if (place.view === "live" && state.camera) {
    live.open();
    return;
  }
  const video = place.view === "video" && list.find(place.video);
  if (video && video.video === editor.video?.video) document.body.dataset.view = "video";
  else if (video) open(video);
  else showList();
  if (place.view === "video" && !video) tell(`There is no video ${place.video}: choose another.`, { bad: true });
}

function showList() {
  document.body.dataset.view = "list";
  goTo({ view: "list" });
  opener.close();
  list.setCurrent(null);
  showHint();
}

function leaveLive() {
  if (!editor.video) showList();
  else {
    document.body.dataset.view = "video";
    goTo({ view: "video", video: editor.video.video });
  }
}

async function finishAndGoOn() {
  if (!editor.video) return;
  const { video } = editor;
  if (!editor.marks.length) {
    const isEmpty = await ask({
      title: "No phases or events: does nothing happen in this video?",
      text: "A model that is taught with this video learns that.", yes: "Nothing happens: finished", no: "Go on labeling",
    });
    if (!isEmpty || editor.video !== video) return;
  }
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

async function requireSaved() {
  await opener.saver?.flush();
  if (opener.saver && opener.saver.state !== "saved") throw new Error("Your last changes are not saved yet: try again when they are.");
}

async function labelRenamed(kind, label, to) {
  palette.rename(kind, label, to);
  await opener.reload();
  await refreshState();
  await opener.refresh(); // what is predicted has the name, too
}

/** Shows what was changed in another window, when somebody comes back to this one. */
async function lookAgain() {
  try {
    await list.refresh();
    showHint();
    await opener.reload();
  } catch {
    // A server that is away is told where something is saved or opened.
  }
}

async function modelChanged() {
  await refreshState();
  await videosChanged();
}

async function jobFinished(job) {
  await attempt(async () => {
    await models.refresh();
    jobs.tellEnd(job);
    await jobs.refresh(); // what it offers depends on the models
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

function predictThis(part = {}) {
  return jobs.start({ kind: "predict", videos: [editor.video.video], ...part });
}

async function labelsSaved(name, { marks, state: now }) {
  list.update(name, { state: now });
  showHint();
  const known = { phase: state.phases, event: state.events };
  if (marks.some((mark) => !known[mark.kind].includes(mark.label))) await attempt(refreshState);
}

async function refreshState() {
  state = await api.getState();
  showState();
  timeline.draw();
  table.recolor();
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
  models.showNew(list.videos.filter((video) => video.state === "new").length);
  byId("start-teaching").disabled = finished < LEAST_TO_TEACH;
  byId("teach-hint").textContent = finished < LEAST_TO_TEACH
    ? `Teaching needs at least ${LEAST_TO_TEACH} finished videos; there ${finished === 1 ? "is 1" : "are none"}.`
    : `Trains a model on the ${finished} finished videos. You can go on labeling meanwhile.`;
  if (!list.videos.length) hint.textContent = "No videos yet: drop some anywhere on this page, or choose them with “Add videos”.";
  else if (!state.model && finished < LEAST_TO_TEACH) hint.textContent = "Choose a video and label its phases; once some are finished, teach a model to do the rest.";
  else if (!state.model) hint.textContent = `${finished} videos are finished: press “Predict and teach” to teach a model, or go on labeling.`;
  else if (isOfClips()) hint.textContent = predicted ? "Choose a video: what the model takes it for is shown beside it, and why."
    : "Press “Predict and teach”, then “Predict new videos”, or choose one.";
  else if (!predicted) hint.textContent = "Press “Predict and teach”, then “Predict new videos”; what is found you can correct.";
  else hint.textContent = "Choose a predicted video and correct it: n goes to what the model is least sure of.";
}

/** Says whether labels are saved: those that are not, of whatever video, else those of the open one. */
function showSaving(saver) {
  if (saver.state === "failed") failing.add(saver);
  if (saver.state === "saved") failing.delete(saver);
  const shown = [...failing].at(-1) ?? opener.saver;
  const words = { saved: "Saved", saving: "Saving…", failed: `Not saved: ${shown.reason}` };
  byId("saving").textContent = (shown === opener.saver ? "" : `${shown.video}: `) + words[shown.state];
  byId("saving").classList.toggle("failed", shown.state === "failed");
}

/** Says of which videos a page that was closed has left changes that no server has. */
function showUnsaved() {
  const left = allUnsaved(state.identity).filter(({ isOwn }) => !isOwn).map(({ video }) => video);
  const videos = [...new Set(left)].sort();
  const first = videos.map((video) => list.find(video)).find(Boolean);
  notices.show("unsaved", videos.length ? [{
    id: `unsaved ${JSON.stringify(videos)}`,
    text: `Changes of ${videos.length} ${videos.length === 1 ? "video" : "videos"} could not be saved; to save them, open:`,
    lines: videos,
    buttons: first ? [[`Open ${first.video}`, () => open(first)]] : [],
  }] : []);
}

function connectPage() {
  byId("back").addEventListener("click", showList);
  byId("open-help").addEventListener("click", () => byId("help").showModal());
  byId("open-exchange").addEventListener("click", () => {
    byId("export-one").disabled = !editor.video;
    byId("exchange").showModal();
  });
  byId("export-all").addEventListener("click", () => attempt(async () => {
    await requireSaved();
    await api.download(byId("export-format").value);
  }));
  byId("export-one").addEventListener("click", () => attempt(async () => {
    await requireSaved();
    await api.download(byId("export-format").value, editor.video.video);
  }));
  for (const id of ["open-panel", "close-panel", "job-status"]) byId(id).addEventListener("click", () => showPanel(byId("panel").hidden));
  byId("start-over").addEventListener("click", askToStartOver);
  byId("predict-one").addEventListener("click", () => predictThis());
  addEventListener("pagehide", () => opener.saver?.flush(true));
  addEventListener("focus", lookAgain);
}

function showPanel(shown) {
  byId("panel").hidden = !shown;
  byId("open-panel").setAttribute("aria-expanded", String(shown));
  if (shown) {
    byId("close-panel").focus();
    jobs.refresh();
  } else byId("open-panel").focus();
}

async function askToStartOver() {
  const { video } = editor;
  const isSure = await ask({
    title: "Start over?",
    text: editor.predicted ? "Your labels of this video make way for the model’s prediction." : "Your labels of this video are taken away.",
    yes: "Start over", no: "Keep my labels",
  });
  if (isSure && editor.video === video) attempt(async () => {
    list.update(video.video, { state: (await opener.startOver()).state });
    tell("Started over. The labels before are kept in mienet/removed beside the videos.");
  });
}
