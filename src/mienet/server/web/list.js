// The list of videos: what state each is in, which to do next.

import { getSuggestions, getVideos } from "./api.js";
import { attempt, byId, element } from "./dom.js";
import { formatLength } from "./time.js";

export const STATES = {
  new: { icon: "○", word: "new" },
  predicted: { icon: "◐", word: "predicted" },
  draft: { icon: "✎", word: "begun" },
  finished: { icon: "✓", word: "finished" },
  broken: { icon: "!", word: "broken" },
};
const TO_DO = ["new", "predicted", "draft"];
const SUGGESTED = 5;
const percent = (share) => (share === null ? null : `${Math.round(100 * share)} %`);

/** Shows the videos; `open` is called with the one that was chosen, `found` with labels that lost theirs. */
export class VideoList {
  #items = new Map();
  #reasons = new Map(); // why a video is worth labeling next

  videos = [];
  current = null;

  constructor({ open, found }) {
    Object.assign(this, { open, found });
    for (const id of ["search", "filter"]) byId(id).addEventListener("input", () => this.show());
    byId("order").addEventListener("input", () => this.#order());
    byId("next-unfinished").addEventListener("click", () => this.openNext());
  }

  /** Asks the server again. */
  async refresh() {
    const { videos, strays } = await getVideos();
    this.videos = videos;
    this.found({ strays });
    this.show();
  }

  /** Takes over what has changed in one video. */
  update(name, values) {
    const video = this.find(name);
    if (!video) return;
    Object.assign(video, values);
    this.show();
  }

  find(name) {
    return this.videos.find((video) => video.video === name);
  }

  /** Marks the video that is open. */
  setCurrent(name) {
    this.current = name;
    for (const [video, item] of this.#items) {
      if (video === name) item.button.setAttribute("aria-current", "true");
      else item.button.removeAttribute("aria-current");
    }
    this.#items.get(name)?.scrollIntoView({ block: "nearest" });
  }

  /** Opens the next video that is not finished, in the order shown, from the current one on. */
  openNext() {
    const shown = this.#inOrder();
    const at = shown.findIndex((video) => video.video === this.current);
    const next = [...shown.slice(at + 1), ...shown.slice(0, at + 1)]
      .find((video) => TO_DO.includes(video.state) && video.video !== this.current);
    if (next) this.open(next);
    return Boolean(next);
  }

  /** Shows the videos that the search and the filter leave. */
  show() {
    const finished = this.videos.filter((video) => video.state === "finished").length;
    const usable = this.videos.filter((video) => video.state !== "broken").length;
    byId("progress").value = usable ? finished / usable : 0;
    byId("progress-text").textContent = `${finished} of ${usable} finished`;
    byId("next-unfinished").disabled = finished === usable;
    byId("list-tools").hidden = !this.videos.length;
    const text = byId("search").value.trim().toLowerCase();
    const filter = byId("filter").value;
    const shown = this.#inOrder().filter((video) => video.video.toLowerCase().includes(text)
      && (!filter || (filter === "to-do" ? TO_DO.includes(video.state) : video.state === filter)));
    byId("nothing-found").hidden = !this.videos.length || shown.length > 0;
    const items = shown.map((video) => this.#item(video));
    const list = byId("video-list");
    if (items.length !== list.children.length || items.some((item, at) => list.children[at] !== item)) {
      const focused = document.activeElement;
      list.replaceChildren(...items);
      if (list.contains(focused)) focused.focus({ preventScroll: true });
    }
  }

  #inOrder() {
    const order = byId("order").value;
    const by = {
      name: () => 0, // as the server gives them
      doubt: (a, b) => (b.doubt ?? -1) - (a.doubt ?? -1),
      suggested: (a, b) => this.#rank(a) - this.#rank(b),
    }[order];
    return [...this.videos].sort(by);
  }

  #rank({ video }) {
    const rank = [...this.#reasons.keys()].indexOf(video);
    return rank < 0 ? this.#reasons.size : rank;
  }

  async #order() {
    this.#reasons.clear();
    if (byId("order").value === "suggested") await attempt(async () => {
      for (const { video, reason } of await getSuggestions(SUGGESTED)) this.#reasons.set(video, reason);
    });
    this.show();
  }

  #item(video) {
    const item = this.#items.get(video.video) ?? this.#make(video.video);
    const { icon, word } = STATES[video.state];
    const facts = [
      word,
      video.duration_seconds === null ? null : formatLength(video.duration_seconds),
      video.doubt === null ? null : `${Math.round(100 * video.doubt)} % doubtful`,
      video.answer && [video.answer.name, percent(video.answer.probability)].filter(Boolean).join(" "),
      video.problem,
      this.#reasons.get(video.video),
    ].filter(Boolean);
    item.icon.textContent = icon;
    item.icon.className = `icon ${video.state}`;
    item.facts.textContent = facts.join(" · ");
    return item;
  }

  #make(name) {
    const at = name.lastIndexOf("/");
    const icon = element("span", { "aria-hidden": "true" });
    const facts = element("span", { className: "facts" });
    const button = element("button", {
      type: "button", title: name, onclick: () => this.open(this.find(name)),
    },
      icon,
      element("span", { className: "name" },
        at < 0 ? null : element("span", { className: "folder" }, name.slice(0, at + 1)), name.slice(at + 1)),
      facts);
    if (name === this.current) button.setAttribute("aria-current", "true");
    const item = Object.assign(element("li", {}, button), { button, icon, facts });
    this.#items.set(name, item);
    return item;
  }
}
