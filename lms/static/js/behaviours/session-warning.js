import { behaviour, clockTime } from "../core.js";

const WARN_MS = 5 * 60000;

behaviour("session-warning", (warning) => {
  const text = warning.querySelector("[data-text-left]");
  const stay = warning.querySelector("[data-stay]");
  let timer = 0;

  const watch = () => {
    const end = new Date(warning.dataset.expiresAt);
    const wait = end - Date.now() - WARN_MS;
    warning.hidden = true;
    clearTimeout(timer);
    if (Number.isNaN(wait)) return;
    timer = setTimeout(() => {
      if (!warning.isConnected) return;
      warning.hidden = false;
      text.textContent = text.dataset.textLeft.replace("{time}", clockTime(end));
    }, Math.min(Math.max(wait, 0), 2 ** 31 - 1));
  };

  // Asking for the page again is what keeps a person signed in; the answer says until when.
  stay.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      warning.dataset.expiresAt = page.querySelector("[data-expires-at]").dataset.expiresAt;
      watch();
    } catch {
      location.reload();
    }
  });
  watch();
});
