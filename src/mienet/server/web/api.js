// The server's answers; see docs/server.md for what they are.

let identity = null; // of the folder that the page is of

/** An answer that says no: `status` is HTTP's, 0 where no server answered; `body` what it said. */
export class ServerError extends Error {
  constructor(status, body) {
    super(body?.error ?? (status ? `The server answered ${status}.` : "The server does not answer: is it running?"));
    this.status = status;
    this.body = body;
  }

  /** Whether the page's server is not there: nobody answers, or another folder's. */
  get isAway() {
    return this.status === 0 || this.status === 421;
  }
}

/** Returns an address with parameters; those that are undefined or null are omitted. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

const ofFolder = () => (identity ? { "X-Mienet-Folder": identity } : {});

/** Sends a request and returns the response, whatever its status. */
async function send(method, path, { parameters, json, body, keepalive = false } = {}) {
  const headers = { ...ofFolder(), ...(method === "GET" ? {} : { "X-Mienet": "1" }) };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(address(path, parameters), {
      method, headers, keepalive, body: json === undefined ? body : JSON.stringify(json),
    });
  } catch {
    throw new ServerError(0, null);
  }
}

async function checked(response) {
  if (response.ok) return response;
  throw new ServerError(response.status, await response.json().catch(() => null));
}

const request = async (...options) => (await checked(await send(...options))).json();

/** Returns what the server has; the first answer's folder is the one that the page is of. */
export async function getState() {
  const state = await request("GET", "/api/state");
  ({ identity } = state);
  return state;
}
export const getVideos = () => request("GET", "/api/videos"); // {videos, strays}
export const getFrames = (video) => request("GET", "/api/frames", { parameters: { video } });
export const getLabels = (video) => request("GET", "/api/labels", { parameters: { video } });
export const putLabels = (video, labels, keepalive = false) =>
  request("PUT", "/api/labels", { parameters: { video }, json: labels, keepalive });
export const renameLabel = (kind, label, to) => request("POST", "/api/labels/rename", { json: { kind, label, to } });
export const followVideos = async () => (await request("POST", "/api/labels/follow")).moved;
export const deleteLabels = (video, version) =>
  request("DELETE", "/api/labels", { parameters: { video, version } });
export const getDoubts = async (video) =>
  (await request("GET", "/api/doubts", { parameters: { video } })).doubts;
export const getSuggestions = async (number) =>
  (await request("GET", "/api/suggestions", { parameters: { number } })).suggestions;
export const getRanking = async (video, part) =>
  (await request("GET", "/api/classes", { parameters: { video, ...part } })).ranking;
export const getExplanation = async (video) =>
  (await request("GET", "/api/explanation", { parameters: { video } })).explanation;
export const getJobs = async () => (await request("GET", "/api/jobs")).jobs;
export const postJob = (job) => request("POST", "/api/jobs", { json: job });
export const cancelJob = (id) => request("DELETE", `/api/jobs/${encodeURIComponent(id)}`);
export const getModels = async () => (await request("GET", "/api/models")).models;
export const useModel = (name) => request("PUT", "/api/model", { json: { name } });
export const importLabels = (file, replace) =>
  request("POST", "/api/import", { parameters: { name: file.name, replace: replace || null }, body: file });
export const getLive = (after) => request("GET", "/api/live", { parameters: { after_seconds: after } });
export const postLive = (action) => request("POST", "/api/live", { json: { action } });
/** Returns where a video is played from: its "file", its "copy", or the copy if there is one. */
export const mediaAddress = (video, which) => address("/media", { video, which });
export const explanationAddress = (which, video, job) => address(`/api/explanation/${which}`, { video, job });
export const reportAddress = (name) => `/api/reports/${encodeURIComponent(name)}`;

/** Returns the probabilities along a video, or null where nothing is predicted. */
export async function getCurves(video, points) {
  try {
    return await request("GET", "/api/curves", { parameters: { video, points } });
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Asks for the first byte of a video, so that a player never has to guess why it has none. */
export async function checkMedia(video) {
  try {
    const response = await fetch(mediaAddress(video), { headers: { ...ofFolder(), Range: "bytes=0-0" } });
    await checked(response);
    await response.body?.cancel();
  } catch (error) {
    throw error instanceof ServerError ? error : new ServerError(0, null);
  }
}

/** Downloads labels in a format, of one video or of all that are finished. */
export async function download(format, video) {
  const response = await checked(await send("GET", "/api/export", { parameters: { format, video } }));
  const named = /filename\*=utf-8''([^;]+)/i.exec(response.headers.get("Content-Disposition") ?? "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = named ? decodeURIComponent(named[1]) : `labels.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** Sends a file; `progressed(share)` hears from 0 to 1. Returns {done, cancel}. */
export function upload(file, name, progressed) {
  const sending = new XMLHttpRequest(); // fetch tells nothing of what it has sent
  const done = new Promise((resolve, reject) => {
    sending.open("PUT", address("/api/uploads", { name }));
    for (const [name, value] of Object.entries({ ...ofFolder(), "X-Mienet": "1" })) sending.setRequestHeader(name, value);
    sending.responseType = "json";
    sending.upload.onprogress = (event) => progressed(event.total ? event.loaded / event.total : 0);
    sending.onload = () => (sending.status < 300
      ? resolve(sending.response) : reject(new ServerError(sending.status, sending.response)));
    sending.onerror = () => reject(new ServerError(0, null));
    sending.onabort = () => reject(new ServerError(0, { error: "Cancelled." }));
    sending.send(file);
  });
  return { done, cancel: () => sending.abort() };
}
