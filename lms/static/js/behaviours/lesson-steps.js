import { behaviour, noteChange } from "../core.js";
import { flush, putStep, waitingCount } from "../outbox.js";

function showProgress(lesson, step, total) {
  const place = document.querySelector(".focus-top .progress");
  if (!place) return;
  const text = lesson.dataset.textProgress.replace("{step}", step).replace("{total}", total);
  const bar = place.querySelector("progress");
  bar.value = step;
  bar.max = total;
  bar.setAttribute("aria-label", text);
  place.querySelector(".progress-text").textContent = text;
}

// The address follows, and so do the forms that come back to it (language, theme).
function showAddress(step) {
  const address = new URL(location.href);
  const before = address.pathname;
  address.searchParams.set("step", step);
  address.hash = "";
  history.replaceState(history.state, "", address);
  for (const input of document.querySelectorAll("input[name=next]")) {
    if (input.value.split("?")[0] === before) input.value = address.pathname + address.search;
  }
}

behaviour("lesson-steps", (lesson) => {
  const { person, lesson: name, url } = lesson.dataset;
  const sections = Array.from(lesson.querySelectorAll(".lesson-step"));

  const show = (step) => {
    const section = sections.find((one) => Number(one.dataset.step) === step);
    if (!section) return false;
    for (const one of sections) one.hidden = one !== section;
    noteChange();
    showProgress(lesson, step, sections.length);
    showAddress(step);
    scrollTo(0, 0);
    section.querySelector("h2").focus({ preventScroll: true });
    return true;
  };

  lesson.addEventListener("submit", async (event) => {
    const form = event.target;
    const isLast = form.matches("[data-step-last]");
    if (!isLast && !form.matches("[data-step-next]")) return;
    const step = Number(form.elements.step.value);
    if (!putStep(person, name, url, step)) return; // Nothing can be kept here: the plain form does it.
    event.preventDefault();
    if (!isLast) {
      show(step + 1);
      flush();
      return;
    }
    await flush();
    if (waitingCount(person) === 0) form.submit();
  });

  lesson.addEventListener("click", (event) => {
    const back = event.target.closest("[data-step-back]");
    if (back && show(Number(back.closest(".lesson-step").dataset.step) - 1)) event.preventDefault();
  });
});
