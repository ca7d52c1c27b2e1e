// Files that are dropped anywhere on the page, or chosen: videos are sent, label files imported.

import { importLabels, upload } from "./api.js";
import { attempt, byId, element, tell } from "./dom.js";
import { answerOf } from "./question.js";

const AT_ONCE = 2;

/**
 * Takes files: those with one of a video's `endings` are videos, all others are read for labels.
 * `added` is called after each video, `imported` after labels.
 */
export class Uploads {
  #waiting = [];
  #running = 0;
  #imports = Promise.resolve(); // the last one, which the next waits for

  constructor({ endings, added, imported }) {
    Object.assign(this, { endings: new Set(endings), added, imported });
    byId("add-videos").addEventListener("click", () => byId("video-files").click());
    byId("import-labels").addEventListener("click", () => byId("label-file").click());
    byId("video-files").addEventListener("change", (event) => this.#chosen(event.target));
    byId("label-file").addEventListener("change", (event) => this.#chosen(event.target));
    this.#listenToDrops();
  }

  #chosen(input) {
    this.take([...input.files].map((file) => ({ file, name: file.name })));
    input.value = ""; // so that the same file can be chosen again
  }

  #listenToDrops() {
    const shade = byId("drop-shade");
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragenter", (event) => { if (hasFiles(event)) shade.hidden = false; });
    addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
    shade.addEventListener("dragleave", () => { shade.hidden = true; });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      shade.hidden = true;
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
      attempt(async () => this.take((await Promise.all(entries.map((entry) => filesOf(entry)))).flat()));
    });
  }

  /** Takes {file, name} each; names may have folders. */
  take(files) {
    const isVideo = ({ name }) => this.endings.has(name.slice(name.lastIndexOf(".")).toLowerCase());
    for (const { file, name } of files.filter(isVideo)) this.#add(file, name);
    this.#next();
    const others = files.filter((one) => !isVideo(one)).map(({ file }) => file);
    if (others.length) this.#imports = this.#imports.then(() => attempt(() => this.#import(others)));
  }

  #add(file, name) {
    const bar = element("progress", { max: 1, value: 0, "aria-label": `Sending ${name}` });
    const text = element("span", { className: "facts" }, "waiting");
    const cancel = element("button", { type: "button", className: "quiet", "aria-label": `Cancel ${name}` }, "×");
    const row = element("li", {}, element("span", { className: "name" }, name), cancel, bar, text);
    const task = { file, name, row, bar, text, cancel };
    cancel.onclick = () => {
      this.#waiting = this.#waiting.filter((other) => other !== task);
      row.remove();
    };
    byId("uploads").append(row);
    this.#waiting.push(task);
  }

  #next() {
    while (this.#running < AT_ONCE && this.#waiting.length) {
      this.#running += 1;
      this.#send(this.#waiting.shift()).finally(() => { this.#running -= 1; this.#next(); });
    }
  }

  async #send({ file, name, row, bar, text, cancel }) {
    text.textContent = "sending";
    const sending = upload(file, name, (share) => {
      bar.value = share;
      text.textContent = share < 1 ? `sending, ${Math.floor(100 * share)} %` : "checking";
    });
    cancel.onclick = () => sending.cancel();
    try {
      const { video } = await sending.done;
      row.remove();
      await this.added(video);
    } catch (error) {
      bar.remove();
      row.classList.add("bad");
      text.textContent = error.message;
      cancel.setAttribute("aria-label", `Dismiss ${name}`);
      cancel.onclick = () => row.remove();
    }
  }

  /** Reads files for labels, one after the other, and says at the end what became of all. */
  async #import(files, replace = false) {
    const [done, lines, keeping] = [[], [], []]; // the last are files of whose labels some were not taken
    const count = (videos) => `${videos.length} ${videos.length === 1 ? "video" : "videos"}`;
    let hasRead = false;
    for (const file of files) {
      try {
        const { read, same, kept, problems, notes } = await importLabels(file, replace);
        hasRead ||= read.length > 0;
        if (read.length || !same.length) done.push(`Read labels of ${count(read)} from ${file.name}.`);
        if (same.length) done.push(`Nothing new for ${count(same)}: the labels are those in ${file.name}.`);
        if (kept.length) keeping.push(file);
        lines.push(...kept.map((video) => `${video} has labels already; they were kept.`), ...problems, ...notes);
      } catch ({ message }) {
        lines.push(message.includes(file.name) ? message : `${file.name}: ${message}`);
      }
    }
    if (hasRead) await attempt(() => this.imported());
    if (!lines.length) {
      tell(done.join(" "));
      return;
    }
    const answer = await answerOf(byId("import-dialog"), () => {
      byId("import-summary").textContent = done.join(" ");
      byId("import-problems").replaceChildren(...lines.map((line) => element("li", {}, line)));
      byId("replace-labels").hidden = !keeping.length;
    });
    if (answer === "replace") await this.#import(keeping, true);
  }
}

/** Returns the files of a dropped file or folder, with the names of folders before theirs. */
async function filesOf(entry, before = "") {
  const name = before + entry.name;
  if (entry.name.startsWith(".")) return []; // a system's own, such as .DS_Store
  if (entry.isFile) return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), name }];
  const reader = entry.createReader();
  const inside = [];
  for (;;) { // it gives a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((other) => filesOf(other, `${name}/`)))).flat();
}
