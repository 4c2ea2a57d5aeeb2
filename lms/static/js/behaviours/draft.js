import { behaviour, make } from "../core.js";
import { draftKey, dropDraft, fillForm, findDraft, keepDraft, noteSent, readForm } from "../drafts.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function showNote(form, key) {
  const note = make("div", { class: "notice", role: "status" });
  const body = make("div", { class: "notice-body" });
  const discard = make("button", { class: "button button-quiet", type: "button" }, form.dataset.textDiscard);
  discard.addEventListener("click", () => {
    dropDraft(key);
    form.reset();
    note.remove();
    form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
  body.append(make("p", {}, form.dataset.textKept), discard);
  note.append(body);
  form.prepend(note);
}

behaviour("draft", (form) => {
  const key = draftKey(form);
  const asServed = readForm(form);
  const draft = findDraft(key);
  if (draft && !same(draft, asServed)) {
    fillForm(form, draft);
    if (same(readForm(form), asServed)) dropDraft(key);
    else showNote(form, key);
  }
  let timer = 0;
  let isChanged = false;
  const keep = () => {
    clearTimeout(timer);
    if (!isChanged || !form.isConnected) return;
    isChanged = false;
    const values = readForm(form);
    if (same(values, asServed)) dropDraft(key);
    else keepDraft(key, values);
  };
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, () => {
      isChanged = true;
      clearTimeout(timer);
      timer = setTimeout(keep, 300);
    });
  }
  form.addEventListener("submit", () => {
    keep();
    noteSent(form);
  });
  addEventListener("pagehide", keep);
});
