// Labels that no server has yet, in the browser's storage. Each tab has its own, so that none
// replaces another's; which version of a video they are of is in them.

const tab = crypto.getRandomValues(new Uint32Array(2)).join("-"); // also where no HTTPS is

const ofFolder = (folder) => `mienet labels ${folder} `;

/** The unsaved labels of one video in this tab. */
export class Unsaved {
  #key;

  constructor(folder, video) {
    this.#key = `${ofFolder(folder)}${tab} ${video}`;
  }

  /** Keeps {version, marks, finished} in place of what was kept. */
  keep(labels) {
    try {
      localStorage.setItem(this.#key, JSON.stringify(labels));
    } catch {
      // Storage that is full or forbidden: the server's copy alone is left.
    }
  }

  forget() {
    localStorage.removeItem(this.#key);
  }
}

/**
 * Returns what any tab has kept: each {video, isOwn, labels, forget}; `forget()` leaves it where its
 * tab has changed it since.
 */
export function allUnsaved(folder) {
  const start = ofFolder(folder);
  return Object.entries(localStorage).filter(([key]) => key.startsWith(start)).flatMap(([key, text]) => {
    const [of, ...name] = key.slice(start.length).split(" ");
    const labels = read(text);
    const forget = () => { if (localStorage.getItem(key) === text) localStorage.removeItem(key); };
    return labels ? [{ video: name.join(" "), isOwn: of === tab, labels, forget }] : [];
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // somebody has broken it
  }
}
