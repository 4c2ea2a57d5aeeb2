// What was done here and waits on this device until the server has it. One box per person and lesson, or round.
import { csrfToken, currentPerson, device } from "./core.js";

const BATCH = 50;
let sending = null;
let timer = 0;
let patience = 2000;

const boxKey = (person, lesson) => `outbox:${person}:${lesson}`;

function tell(state) {
  document.dispatchEvent(new CustomEvent("outbox", { detail: state }));
}

function eventUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function waitingCount(person) {
  return device.keys(`outbox:${person}:`).reduce((sum, key) => sum + (device.read(key)?.events.length ?? 0), 0);
}

function put(key, url, events, event) {
  return device.write(key, { url, events: [...events, { event_uuid: eventUuid(), ...event, occurred_at: new Date().toISOString() }] });
}

// False when the device could not keep the event.
export function putStep(person, lesson, url, step) {
  const key = boxKey(person, lesson);
  const events = device.read(key)?.events ?? [];
  return events.some((event) => event.step === step) || put(key, url, events, { step });
}

// What is said of an item takes the place of what was said before and has not left yet.
export function putRating(person, round, url, rating) {
  const key = boxKey(person, round);
  const events = waitingEvents(person, round).filter((event) => event.item !== rating.item);
  return put(key, url, events, rating);
}

export function waitingEvents(person, name) {
  return device.read(boxKey(person, name))?.events ?? [];
}

export function dropEvents(person, name) {
  device.remove(boxKey(person, name));
}

function takeOut(key, sent) {
  const uuids = new Set(sent.map((event) => event.event_uuid));
  const box = device.read(key);
  if (!box) return;
  box.events = box.events.filter((event) => !uuids.has(event.event_uuid));
  if (box.events.length) device.write(key, box);
  else device.remove(key);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(flush, patience * (0.8 + Math.random() * 0.4));
  patience = Math.min(patience * 2, 60000);
}

// The page that shows what was sent may want to know what the server made of it.
async function tellAnswer(url, response, events) {
  const answer = await response.json().catch(() => null);
  document.dispatchEvent(new CustomEvent("outbox-answer", { detail: { url, events, answer, isRefused: !response.ok } }));
}

// "saved", "kept" (try again), "refused" or "signed-out"
async function send(url, events) {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      keepalive: true,
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrfToken() },
      body: JSON.stringify({ events }),
    });
    if (response.ok || response.status === 409) await tellAnswer(url, response, events);
    if (response.ok) return "saved";
    if (response.status === 401 || response.type === "opaqueredirect") return "signed-out";
    return response.status >= 500 || [408, 425, 429].includes(response.status) ? "kept" : "refused";
  } catch {
    return "kept";
  }
}

async function sendBox(key) {
  for (let box = device.read(key); box?.events.length; box = device.read(key)) {
    const events = box.events.slice(0, BATCH);
    const outcome = await send(box.url, events);
    if (outcome !== "saved") return outcome;
    takeOut(key, events);
  }
  return "saved";
}

async function sendAll(person) {
  const keys = device.keys(`outbox:${person}:`);
  if (!keys.length) return;
  tell("sending");
  let state = "saved";
  for (const key of keys) {
    const outcome = await sendBox(key);
    if (outcome !== "saved") state = outcome;
    if (outcome === "kept" || outcome === "signed-out") break;
  }
  if (state === "kept") later();
  if (state === "saved") patience = 2000;
  tell(state);
}

// Sends what waits for the person who is signed in now, and for nobody else.
export function flush() {
  const person = currentPerson();
  if (!person) return Promise.resolve();
  sending ??= sendAll(person).finally(() => {
    sending = null;
  });
  return sending;
}

addEventListener("online", flush);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") flush();
});
