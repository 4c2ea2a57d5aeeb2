// Shows an answered page in place of this one, as the browser would have done after a plain form.
import { make, noteChange, startBehaviours } from "./core.js";
import { settleSent } from "./drafts.js";

const LOADED = ":is(link[rel=stylesheet], script[src])";

// The first sheet and the first script of a page are those of the whole site: others mean that it was renewed.
function siteFiles(page) {
  return ["link[rel=stylesheet]", "script[src]"].map((kind) => page.head.querySelector(kind)?.outerHTML).join();
}

// Some pages load a sheet or a script of their own; they are here before the page is.
async function bringFiles(page) {
  const here = new Set(Array.from(document.head.querySelectorAll(LOADED), (each) => each.outerHTML));
  const missing = Array.from(page.head.querySelectorAll(LOADED)).filter((each) => !here.has(each.outerHTML));
  const bring = (each) => {
    const attributes = Object.fromEntries(Array.from(each.attributes, ({ name, value }) => [name, value]));
    const made = make(each.localName, attributes);
    return new Promise((done) => {
      made.onload = made.onerror = done;
      document.head.append(made);
    });
  };
  await Promise.all(missing.map(bring));
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
  if (response.redirected && siteFiles(page) !== siteFiles(document)) {
    location.assign(response.url);
    return;
  }
  await bringFiles(page);
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
