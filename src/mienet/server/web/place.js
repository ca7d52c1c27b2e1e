// Where the page is, in its address: #video=jumps/ann.mp4, #live, or nothing, which is the list. So
// reloading stays at the place, and Back goes from a video or from live to the list.

const LIST = { view: "list" };

/** Returns the place of the page's address: {view: "list" | "live"} or {view: "video", video}. */
export function currentPlace() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.get("video")) return { view: "video", video: given.get("video") };
  return given.has("live") ? { view: "live" } : LIST;
}

/** Notes in the address where the page is now; the list stays behind whatever was gone to from it. */
export function goTo(place) {
  const hash = { list: "", live: "#live", video: `#video=${encodeURIComponent(place.video)}` }[place.view];
  if (hash === location.hash) return;
  const address = location.pathname + location.search + hash;
  if (!hash && history.state?.isBehindList) history.back();
  else if (!location.hash) history.pushState({ isBehindList: true }, "", address);
  else history.replaceState(history.state, "", address);
}

/** Calls `show(place)` when Back, Forward or a changed address has gone to a place. */
export function listenToPlaces(show) {
  addEventListener("popstate", () => show(currentPlace()));
}
