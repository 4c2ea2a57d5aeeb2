// Shows an answered page in place of this one, as the browser would have done after a plain form.
import { noteChange, startBehaviours } from "./core.js";
import { settleSent } from "./drafts.js";

function styles(page) {
  return Array.from(page.querySelectorAll("link[rel=stylesheet]"), (link) => link.getAttribute("href")).join();
}

function focusOn(page) {
  const target = page.querySelector(".error-summary") ?? page.querySelector(".flashes") ?? page.querySelector("#main");
  scrollTo(0, 0);
  target?.focus({ preventScroll: !target.matches(".error-summary") });
}

export async function showResponse(response) {
  if (!(response.headers.get("Content-Type") ?? "").startsWith("text/html")) {
    location.assign(response.url);
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (response.redirected && styles(page) !== styles(document)) {
    location.assign(response.url);
    return;
  }
  for (const name of ["lang", "data-theme"]) {
    const value = page.documentElement.getAttribute(name);
    if (value === null) document.documentElement.removeAttribute(name);
    else document.documentElement.setAttribute(name, value);
  }
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  noteChange();
  // A page of mistakes (422) stands in for its form; anything else is a new place, so that Back leads to the form.
  if (response.status !== 422) {
    history.replaceState({ swapped: true }, "");
    history.pushState({ swapped: true }, "", response.redirected ? response.url : location.href);
  }
  settleSent();
  startBehaviours();
  focusOn(document);
  document.dispatchEvent(new CustomEvent("page-shown"));
}

addEventListener("popstate", (event) => {
  if (event.state?.swapped) location.reload();
});
