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
 * Returns what any tab has kept of a video: each {labels, forget}; `forget()` leaves it where its tab
 * has changed it since.
 */
export function unsavedOf(folder, video) {
  const start = ofFolder(folder);
  return Object.entries(localStorage)
    .filter(([key]) => key.startsWith(start) && nameAfterTab(key.slice(start.length)) === video)
    .flatMap(([key, text]) => {
      const labels = read(text);
      const forget = () => { if (localStorage.getItem(key) === text) localStorage.removeItem(key); };
      return labels ? [{ labels, forget }] : [];
    });
}

const nameAfterTab = (rest) => rest.slice(rest.indexOf(" ") + 1);

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // somebody has broken it
  }
}
