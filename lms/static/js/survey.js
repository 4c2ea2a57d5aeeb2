import { behaviour, clockTime, startBehaviours } from "./core.js";

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30000;

// Each tap is sent at once. What could not be sent waits in this page only: nothing of a survey is kept on the device.
behaviour("survey-items", (form) => {
  const { url } = form.dataset;
  const state = document.querySelector("[data-survey-state]");
  const waiting = new Map();
  let rowVersion = Number(form.dataset.rowVersion);
  let isSending = false;
  let isClosed = false;
  let wait = FIRST_WAIT_MS;
  let timer = 0;

  const tell = (text, name) => {
    if (!state) return;
    state.dataset.state = name;
    state.textContent = text;
  };
  const place = (item) => form.querySelector(`[data-item="${CSS.escape(item)}"]`);

  const settle = (answer) => {
    rowVersion = answer.row_version;
    for (const [item, choice] of Object.entries(answer.answers)) {
      const seen = place(item)?.querySelector("[data-seen]");
      if (!seen || waiting.has(item)) continue;
      seen.value = choice;
      for (const radio of place(item).querySelectorAll("input[type=radio]")) radio.checked = radio.value === choice;
    }
    const done = document.querySelector("progress");
    if (done) done.value = Object.keys(answer.answers).length;
  };

  const later = () => {
    tell(form.dataset.textWaiting, "kept");
    clearTimeout(timer);
    timer = setTimeout(send, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };

  const post = (answers) =>
    fetch(url, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ answers: Object.fromEntries(answers), row_version: rowVersion }),
    });

  async function send() {
    if (isSending || isClosed || !waiting.size || !form.isConnected) return;
    isSending = true;
    const sent = [...waiting];
    tell(form.dataset.textSaving, "sending");
    const response = await post(sent).catch(() => null);
    isSending = false;
    if (response?.ok) {
      for (const [item, choice] of sent) if (waiting.get(item) === choice) waiting.delete(item);
      settle(await response.json());
      wait = FIRST_WAIT_MS;
      tell(form.dataset.textSaved.replace("{time}", clockTime()), "saved");
      send();
    } else if (response?.status === 409) {
      isClosed = true;
      tell(form.dataset.textClosed, "refused");
      form.requestSubmit(); // its answer says why, with everything that stood here
    } else later();
  }

  form.addEventListener("change", ({ target }) => {
    const item = target.closest("[data-item]")?.dataset.item;
    if (!item || target.type !== "radio") return;
    waiting.set(item, target.value);
    clearTimeout(timer);
    send();
  });
  addEventListener("online", send);
  addEventListener("pagehide", () => {
    if (form.isConnected && waiting.size && !isClosed) post([...waiting]).catch(() => null);
  });
  addEventListener("beforeunload", (event) => {
    if (form.isConnected && waiting.size && !isClosed && !form.hasAttribute("data-busy")) event.preventDefault();
  });
});

startBehaviours();
document.addEventListener("page-shown", startBehaviours);
