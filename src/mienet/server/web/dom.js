// Making elements, and telling people what happened.

/** Returns an element with properties, attributes (data-, aria-, role ...) and children. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (key in made && key !== "list") made[key] = value; // an input's list can only be read
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Returns an SVG element with attributes. */
export function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Returns the element with an id. */
export const byId = (id) => document.getElementById(id);

/** Returns a message with a point at its end, for another sentence to follow. */
export const asSentence = (text) => (/[.?!]$/.test(text) ? text : `${text}.`);

/** Says something to screen readers alone. */
export function announce(text) {
  byId("announcements").textContent = text;
}

let hiding = 0;

/** Shows a message for some seconds, and says it to screen readers. */
export function tell(text, { bad = false } = {}) {
  const message = byId("message");
  message.textContent = text;
  message.classList.toggle("bad", bad);
  message.hidden = false;
  announce(text);
  clearTimeout(hiding);
  hiding = setTimeout(() => { message.hidden = true; }, bad ? 9000 : 4000);
}

/** Runs something that may fail and tells why it did. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    tell(error.message, { bad: true });
    return undefined;
  }
}
