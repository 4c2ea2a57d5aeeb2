import { behaviour, currentPerson, make } from "../core.js";
import { dropEvents, flush, putRating, waitingEvents } from "../outbox.js";

const PAUSE_MS = 1500;
const NOTES = ["evidence", "dissent"];

// Each tap and each note is kept on this device at once and sent; without a script the form does the same by its button.
behaviour("rate-items", (place) => {
  const { round, url } = place.dataset;
  const person = currentPerson();
  const name = `round-${round}`;
  const address = new URL(url, location.href).href;
  const fieldset = (item) => place.querySelector(`[data-item="${item}"]`);
  const note = (item, kind) => place.querySelector(`#${kind}-${item}`);
  const timers = new Map();
  const dirty = new Set();

  const answerOf = (item) => fieldset(item).querySelector("input[type=radio]:checked")?.value ?? "";
  const seenOf = (item) => fieldset(item).querySelector("[data-seen]");

  const save = (item) => {
    clearTimeout(timers.get(item));
    const rating = { item, answer: answerOf(item), seen: seenOf(item).value };
    for (const kind of NOTES) rating[kind] = note(item, kind).value;
    if (!putRating(person, name, url, rating)) return; // Nothing can be kept here: the button of the form does it.
    dirty.delete(item);
    flush();
  };

  const fill = (item, said) => {
    for (const radio of fieldset(item).querySelectorAll("input[type=radio]")) radio.checked = radio.value === said.answer;
    for (const kind of NOTES) {
      note(item, kind).value = said[kind];
      for (let fold = said[kind] && note(item, kind).closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    }
  };

  place.addEventListener("change", ({ target }) => {
    const item = target.closest("[data-item]")?.dataset.item;
    if (item) save(item);
  });
  place.addEventListener("input", ({ target }) => {
    const item = target.matches("textarea") && target.closest("[data-item]")?.dataset.item;
    if (!item) return;
    dirty.add(item);
    clearTimeout(timers.get(item));
    timers.set(item, setTimeout(() => save(item), PAUSE_MS));
  });
  addEventListener("pagehide", () => {
    if (place.isConnected) for (const item of dirty) save(item);
  });

  // What the server has not got yet stands above what it said.
  for (const event of waitingEvents(person, name)) if (fieldset(event.item)) fill(event.item, event);

  const showBoth = (item, theirs, kinds) => {
    const box = make("div", { class: "notice notice-caution" });
    const body = make("div", { class: "notice-body" });
    body.append(make("p", { class: "notice-title" }, place.dataset.textMet));
    for (const kind of kinds) {
      const line = make("p", { class: "rate-theirs" });
      const label = kind === "evidence" ? place.dataset.textTheirsEvidence : place.dataset.textTheirsDissent;
      line.append(make("strong", {}, label), ` ${theirs[kind] || place.dataset.textEmpty}`);
      body.append(line);
    }
    const keep = make("button", { class: "button button-secondary", type: "button" }, place.dataset.textKeep);
    const take = make("button", { class: "button button-quiet", type: "button" }, place.dataset.textTake);
    const settle = () => {
      box.remove();
      save(item);
      note(item, kinds[0]).focus();
    };
    keep.addEventListener("click", settle);
    take.addEventListener("click", () => {
      for (const kind of kinds) note(item, kind).value = theirs[kind];
      settle();
    });
    const row = make("div", { class: "button-row" });
    row.append(keep, take);
    body.append(row);
    box.append(body);
    fieldset(item).querySelector("[data-met]").replaceChildren(box);
  };

  const showClosed = (message, events) => {
    const box = make("div", { class: "notice notice-caution", role: "alert" });
    const body = make("div", { class: "notice-body" });
    body.append(make("p", { class: "notice-title" }, message), make("p", {}, place.dataset.textClosed));
    for (const event of events) {
      const texts = [event.item, event.answer, ...NOTES.map((kind) => event[kind])].filter(Boolean);
      body.append(make("p", { class: "rate-theirs" }, texts.join(" · ")));
    }
    box.append(body);
    place.before(box);
  };

  document.addEventListener("outbox-answer", ({ detail }) => {
    if (!place.isConnected || new URL(detail.url, location.href).href !== address || !detail.answer) return;
    if (detail.isRefused) {
      dropEvents(person, name);
      showClosed(detail.answer.message ?? "", detail.events);
      return;
    }
    const sent = new Set(detail.events.map((event) => event.event_uuid));
    const waiting = new Set(waitingEvents(person, name).filter((one) => !sent.has(one.event_uuid)).map((one) => one.item));
    const met = new Map(detail.answer.unsettled.map((one) => [one.item, one.notes]));
    for (const said of detail.answer.items) {
      const here = fieldset(said.item);
      if (!here) continue;
      here.querySelector("[data-line]").textContent = said.line;
      if (waiting.has(said.item) || dirty.has(said.item)) {
        if (said.is_own) seenOf(said.item).value = said.seen;
        continue;
      }
      seenOf(said.item).value = said.seen;
      if (met.has(said.item)) showBoth(said.item, said, met.get(said.item));
      else if (!here.querySelector("[data-met] .notice")) fill(said.item, said);
    }
  });
});
