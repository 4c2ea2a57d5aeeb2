// Behaviours are small functions found by data-behaviour="name"; each starts once per element.
const behaviours = new Map();
const started = new WeakMap();

export function behaviour(name, start) {
  behaviours.set(name, start);
}

export function startBehaviours() {
  for (const element of document.querySelectorAll("[data-behaviour]")) {
    const done = started.get(element) ?? new Set();
    started.set(element, done);
    for (const name of element.dataset.behaviour.split(/\s+/)) {
      if (behaviours.has(name) && !done.has(name)) {
        done.add(name);
        behaviours.get(name)(element);
      }
    }
  }
}

// The second click of a double click is meant for what stood there before, not for what has just come.
const DOUBLE_CLICK_MS = 500;
let changedAt = -DOUBLE_CLICK_MS;

export function noteChange() {
  changedAt = performance.now();
}

addEventListener(
  "click",
  (event) => {
    if (event.detail < 2 || performance.now() - changedAt > DOUBLE_CLICK_MS) return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

export function make(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

export function currentPerson() {
  return document.body.dataset.person ?? "";
}

export function csrfToken() {
  return document.querySelector("input[name=csrf_token]")?.value ?? "";
}

// A field may be called "action": then form.action is that field.
export function addressOf(form) {
  return new URL(form.getAttribute("action") ?? "", location.href);
}

export function clockTime(date = new Date()) {
  return date.toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
}

// What this device keeps. Storage may be full, forbidden or absent: then nothing is kept and nothing breaks.
const PREFIX = "commons:";

function shelf(getStorage) {
  return {
    read(key) {
      try {
        return JSON.parse(getStorage().getItem(PREFIX + key));
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        getStorage().setItem(PREFIX + key, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
    remove(key) {
      try {
        getStorage().removeItem(PREFIX + key);
      } catch {
        // Nothing was kept.
      }
    },
    keys(start = "") {
      try {
        return Object.keys(getStorage())
          .filter((key) => key.startsWith(PREFIX + start))
          .map((key) => key.slice(PREFIX.length));
      } catch {
        return [];
      }
    },
  };
}

export const device = shelf(() => localStorage);
export const tab = shelf(() => sessionStorage);
