// The panel of work: predict, teach, and how far each job is.

import { cancelJob, getJobs, postJob, reportAddress } from "./api.js";
import { comparisonTable } from "./comparison.js";
import { announce, attempt, byId, element, tell } from "./dom.js";
import { formatLength } from "./time.js";

const WORDS = { waiting: "waiting", running: "running", done: "done", failed: "failed", cancelled: "stopped" };
const MOST_PROBLEMS = 3; // that are said above the page; the list of jobs has all
const [BUSY_MILLISECONDS, IDLE_MILLISECONDS] = [1000, 8000];

/**
 * Shows the jobs; `finished(job)` hears of each that ends, `progressed(job)` of videos that are done,
 * `told()` of each answer of the server. `models` are those of the other part of the panel;
 * `notices` keep what failed in sight, and `showPanel()` shows all jobs.
 */
export class Jobs {
  #known = new Map();
  #timer = 0;
  jobs = null;

  constructor({ finished, progressed, told, models, notices, showPanel }) {
    Object.assign(this, { finished, progressed, told, models, notices, showPanel });
    byId("predict-all").addEventListener("click", () => this.start({ kind: "predict", videos: null }));
    byId("teach").addEventListener("submit", (event) => {
      event.preventDefault();
      const { name, epochs, recipe, from_model: from } = event.target.elements;
      this.start({
        kind: "train", name: name.value.trim(), epochs: epochs.value ? Number(epochs.value) : null,
        recipe: recipe.value, from_model: from.checked,
      });
    });
    addEventListener("visibilitychange", () => { if (!document.hidden) this.refresh(); });
  }

  /** Asks for a job and shows it. */
  start(job) {
    return attempt(async () => {
      const { id } = await postJob(job);
      this.#known.set(id, { state: "waiting", done: 0 }); // it may be over before it is asked for
      this.notices.recall(noticeOf({ id }));
      await this.refresh();
      const made = this.jobs?.find((other) => other.id === id);
      if (made) tell(`${made.title}: ${WORDS[made.state]}.`);
      return id;
    });
  }

  cancel(id) {
    return attempt(async () => {
      await cancelJob(id);
      await this.refresh();
    });
  }

  find(id) {
    return this.jobs?.find((job) => job.id === id);
  }

  /** Asks the server how far the jobs are, and again soon. */
  async refresh() {
    clearTimeout(this.#timer);
    try {
      this.jobs = await getJobs();
      this.#show();
      this.told();
      this.#tellChanges();
    } catch {
      // The line about saving tells of a server that is away; here it is asked again.
    }
    const wait = this.#busy().length ? BUSY_MILLISECONDS : IDLE_MILLISECONDS;
    if (!document.hidden) this.#timer = setTimeout(() => this.refresh(), wait);
  }

  #busy() {
    return (this.jobs ?? []).filter((job) => job.state === "running" || job.state === "waiting");
  }

  #tellChanges() {
    for (const job of this.jobs) {
      const before = this.#known.get(job.id);
      const done = job.videos.filter((video) => video.state === "done").length;
      this.#known.set(job.id, { state: job.state, done });
      if (!before) continue;
      if (before.state !== job.state && ["done", "failed", "cancelled"].includes(job.state)) {
        announce(`${job.title}: ${WORDS[job.state]}`);
        this.finished(job);
      } else if (done > before.done) this.progressed(job);
    }
  }

  /** Tells that a job gave a model to use. */
  tellEnd(job) {
    if (this.#offers(job)) tell(`${job.result.model} is trained; ${this.models.used.name} is still used. “Use ${job.result.model}” is beside the job.`);
  }

  /** Whether a job gave a model that is not the one in use. */
  #offers({ kind, state, result }) {
    const { used, models } = this.models;
    return kind === "train" && state === "done" && used && used.name !== result.model
      && models.some((model) => model.name === result.model);
  }

  /** Keeps in sight what failed, whole or in part, until it is dismissed or asked for again. */
  #notice() {
    const isLast = ({ title }, at) => this.jobs.findIndex((job) => job.title === title) === at; // the newest first
    const failed = this.jobs.filter((job, at) => isLast(job, at)
      && (job.state === "failed" || (job.state === "done" && job.videos.some((video) => video.problem))));
    this.notices.show("jobs", failed.map((job) => {
      const problems = job.videos.filter((video) => video.problem).map((video) => video.problem);
      const more = problems.length > MOST_PROBLEMS ? [`… and ${problems.length - MOST_PROBLEMS} more`] : [];
      return {
        id: noticeOf(job),
        text: [job.state === "failed" ? `${job.title} failed` : job.title, job.message].filter(Boolean).join(": "),
        lines: [...problems.slice(0, MOST_PROBLEMS), ...more],
        buttons: [
          job.state === "failed" ? ["Try again", () => this.start({ kind: "resume", id: job.id })] : ["See the job", this.showPanel],
        ],
      };
    }));
  }

  #show() {
    this.#notice();
    const busy = this.#busy();
    const running = busy.find((job) => job.state === "running");
    const status = byId("job-status");
    status.hidden = !busy.length;
    if (busy.length) status.textContent = [
      (running ?? busy[0]).title,
      typeof running?.progress === "number" ? `${Math.floor(100 * running.progress)} %` : null,
      timeLeft(running),
      busy.length > 1 ? `${busy.length - 1} more` : null,
    ].filter(Boolean).join(" · ");
    byId("no-jobs").hidden = this.jobs.length > 0;
    const open = new Set([...document.querySelectorAll("#job-list details[open]")].map((one) => one.dataset.job));
    const focused = document.activeElement?.dataset?.focus;
    byId("job-list").replaceChildren(...this.jobs.map((job) => this.#row(job, open.has(String(job.id)))));
    if (focused) document.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(job, open) {
    const active = job.state === "running" || job.state === "waiting";
    const button = (text, run) => element("button", { type: "button", "data-focus": `${text} ${job.id}`, onclick: run }, text);
    const broken = job.videos.filter((video) => video.problem);
    const done = job.videos.filter((video) => video.state === "done").length;
    const facts = [WORDS[job.state], job.videos.length ? `${done} of ${job.videos.length} videos` : null, timeLeft(job)];
    const progress = element("progress", { "aria-label": job.title, max: 1 });
    if (typeof job.progress === "number") progress.value = job.progress;
    return element("li", { className: job.state },
      element("span", { className: "name" }, job.title),
      element("span", { className: "facts" }, facts.filter(Boolean).join(" · ")),
      job.state === "running" ? progress : null,
      job.message ? element("p", { className: job.state === "failed" ? "bad" : "facts" }, job.message) : null,
      job.result?.comparison ? comparisonTable(job.result.comparison) : null,
      job.videos.length ? element("details", { open, "data-job": job.id },
        element("summary", { "data-focus": `videos ${job.id}` }, broken.length ? `${broken.length} with problems` : "Videos"),
        element("ul", {}, ...job.videos.map((video) => element("li", { className: video.problem ? "bad" : "" },
          `${video.video}: ${video.problem || WORDS[video.state] || video.state}`,
          typeof video.progress === "number" && video.state === "running" ? `, ${Math.floor(100 * video.progress)} %` : null)))) : null,
      element("p", { className: "buttons" },
        active ? button("Cancel", () => this.cancel(job.id)) : null,
        this.#offers(job) ? button(`Use ${job.result.model}`, () => this.models.use(job.result.model)) : null,
        job.state === "cancelled" || (job.state === "failed" && job.kind === "train") ? button("Resume", () => this.start({ kind: "resume", id: job.id })) : null,
        job.result?.report ? element("a", {
          href: reportAddress(job.result.report), target: "_blank", rel: "noopener",
        }, "Open the report") : null));
  }
}

function noticeOf({ id }) {
  return `job ${id}`;
}

function timeLeft(job) {
  return job?.seconds_left >= 1 ? `${formatLength(job.seconds_left)} left` : null;
}
