import { addressOf, behaviour, make } from "../core.js";
import { noteNotSent } from "../drafts.js";
import { showResponse } from "../page.js";

const PATIENCE_MS = 30000;

function setBusy(form, button, isBusy) {
  form.toggleAttribute("data-busy", isBusy);
  button?.toggleAttribute("data-busy", isBusy);
  if (isBusy) button?.setAttribute("aria-disabled", "true");
  else button?.removeAttribute("aria-disabled");
}

function messagePlace(form) {
  const place = form.querySelector("[data-message]") ?? make("div", { role: "alert", "data-message": "" });
  if (!place.isConnected) form.append(place);
  return place;
}

function showMessage(form, text, action) {
  const notice = make("div", { class: "notice notice-caution" });
  const body = make("div", { class: "notice-body" });
  body.append(make("p", {}, text), action);
  notice.append(body);
  messagePlace(form).replaceChildren(notice);
}

function signInLink(form) {
  return make("a", { class: "button button-secondary", href: form.dataset.signInUrl }, form.dataset.textSignIn);
}

function retryButton(form, button) {
  const retry = make("button", { class: "button button-secondary", type: "button" }, form.dataset.textRetry);
  retry.addEventListener("click", () => form.requestSubmit(button ?? undefined));
  return retry;
}

async function post(form, button) {
  const body = new FormData(form);
  if (button?.name) body.append(button.name, button.value);
  const action = button?.hasAttribute("formaction") ? button.formAction : addressOf(form);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    return await fetch(action, {
      method: "POST",
      body: new URLSearchParams(body),
      headers: { Accept: "text/html" },
      signal: stop.signal,
    });
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function problem(response) {
  if (!response) return "textOffline";
  if (response.status === 401) return "textSignedOut";
  if (response.status === 429) return "textBusy";
  return response.status >= 500 ? "textFailed" : "";
}

behaviour("send-safely", (form) => {
  form.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (form.hasAttribute("data-busy")) return;
    const button = event.submitter;
    messagePlace(form).replaceChildren();
    setBusy(form, button, true);
    const response = await post(form, button);
    const trouble = problem(response);
    if (!trouble) {
      await showResponse(response);
      return;
    }
    noteNotSent();
    setBusy(form, button, false);
    showMessage(form, form.dataset[trouble], response?.status === 401 ? signInLink(form) : retryButton(form, button));
  });
});

// Plain forms keep the browser's own way, but a second click does nothing.
behaviour("send-once", (form) => {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.hasAttribute("data-busy")) event.preventDefault();
    else setBusy(form, event.submitter, true);
  });
  addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll("[data-busy]")) setBusy(form, button, false);
    form.removeAttribute("data-busy");
  });
});
