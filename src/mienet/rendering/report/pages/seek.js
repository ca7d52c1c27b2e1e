// Plays a recording's video from a clicked moment of its strip, and shows where it is.
const play = (figure, share) => {
  const video = figure.querySelector("video");
  if (!video) return;
  const { start, end, stretched } = figure.dataset;
  const seek = () => {
    video.currentTime = stretched === undefined ? +start + share * (end - start) : share * video.duration;
  };
  figure.querySelector("details").open = true;
  if (video.readyState) seek();
  else video.addEventListener("loadedmetadata", seek, { once: true });
  video.play().catch(() => {});
};
for (const figure of document.querySelectorAll(".recording")) {
  const [strip, video, now] = ["svg", "video", ".now"].map(name => figure.querySelector(name));
  if (!video) continue;
  strip.addEventListener("click", event => {
    const box = strip.getBoundingClientRect();
    play(figure, Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
  });
  video.addEventListener("timeupdate", () => {
    const { start, end, stretched } = figure.dataset;
    const at = stretched === undefined ? (video.currentTime - start) / (end - start) : video.currentTime / video.duration;
    for (const x of ["x1", "x2"]) now.setAttribute(x, `${100 * Math.min(Math.max(at, 0), 1)}%`);
    now.classList.add("on");
  });
  video.addEventListener("error", () => { figure.querySelector("details p").hidden = false; });
}
for (const link of document.querySelectorAll("a[data-share]")) {
  link.addEventListener("click", () => play(document.querySelector(link.hash), +link.dataset.share));
}
