// What someone typed into a form, kept on this device until it has been sent. Secrets and files are never kept.
import { addressOf, currentPerson, device, tab } from "./core.js";

const NEVER = ["password", "hidden", "file", "submit", "button", "reset", "image"];
const DAYS_KEPT = 14;

// A visitor without account has no name to keep a draft under, so it lasts only as long as the tab.
const shelfOf = (key) => (key.startsWith("draft::") ? tab : device);

export function draftKey(form) {
  return `draft:${currentPerson()}:${location.pathname}>${addressOf(form).pathname}`;
}

function isKept(field) {
  return (
    field.name &&
    !field.disabled &&
    !NEVER.includes(field.type) &&
    field.autocomplete !== "one-time-code" &&
    !field.closest("[data-draft=never]")
  );
}

const keptFields = (form) => Array.from(form.elements).filter((field) => field.name !== undefined && isKept(field));

const isTicked = (field) => field.type === "radio" || field.type === "checkbox";

// One entry per field, in the order of the form: ticked or not, the chosen options, or the text.
export function readForm(form) {
  return keptFields(form).map((field) => {
    if (isTicked(field)) return [field.name, field.value, field.checked];
    if (field.type === "select-multiple") return [field.name, Array.from(field.selectedOptions, (o) => o.value)];
    return [field.name, field.value];
  });
}

function fillField(field, value, ticked) {
  if (isTicked(field)) field.checked = ticked;
  else if (field.type === "select-multiple") for (const o of field.options) o.selected = value.includes(o.value);
  else field.value = value;
}

export function fillForm(form, values) {
  const left = [...values];
  for (const field of keptFields(form)) {
    const at = left.findIndex(([name, value]) => name === field.name && (!isTicked(field) || value === field.value));
    if (at >= 0) fillField(field, ...left.splice(at, 1)[0].slice(1));
  }
}

export function findDraft(key) {
  const draft = shelfOf(key).read(key);
  if (draft && Date.now() - draft.at > DAYS_KEPT * 86400000) {
    dropDraft(key);
    return null;
  }
  return draft?.values ?? null;
}

export function keepDraft(key, values) {
  shelfOf(key).write(key, { at: Date.now(), values });
}

export function dropDraft(key) {
  shelfOf(key).remove(key);
}

// A draft goes when the page after its form shows that the form was taken.
export function noteSent(form) {
  tab.write("sent", { key: draftKey(form), person: currentPerson() });
}

export function noteNotSent() {
  tab.remove("sent");
}

export function settleSent(wasReloaded = false) {
  const sent = tab.read("sent");
  noteNotSent();
  if (!sent || wasReloaded) return;
  const isTaken =
    document.body.dataset.pageKind !== "error" &&
    currentPerson() === sent.person &&
    !document.querySelector(".error-summary");
  if (isTaken) dropDraft(sent.key);
}
