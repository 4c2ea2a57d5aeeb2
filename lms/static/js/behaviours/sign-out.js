import { behaviour, device, tab } from "../core.js";
import { flush, waitingCount } from "../outbox.js";

const PATIENCE_MS = 5000;

function forget(person) {
  for (const key of tab.keys()) tab.remove(key);
  for (const key of device.keys("draft:")) device.remove(key);
  for (const key of device.keys(`outbox:${person}:`)) device.remove(key);
}

function askFirst(form, leave) {
  const dialog = form.querySelector("template").content.firstElementChild.cloneNode(true);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.querySelector("[data-stay]").addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-leave]").addEventListener("click", leave);
  dialog.showModal();
}

behaviour("sign-out", (form) => {
  const { person } = form.dataset;
  const leave = () => {
    forget(person);
    form.submit();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (waitingCount(person)) {
      await Promise.race([flush(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    }
    if (waitingCount(person)) askFirst(form, leave);
    else leave();
  });
});
