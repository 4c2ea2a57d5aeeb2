import { clockTime } from "../core.js";

const TEXTS = {
  sending: "textSending",
  saved: "textSaved",
  kept: "textKept",
  refused: "textRefused",
  "signed-out": "textSignedOut",
};

document.addEventListener("outbox", ({ detail: state }) => {
  for (const place of document.querySelectorAll("[data-save-state]")) {
    place.dataset.state = state;
    place.textContent = place.dataset[TEXTS[state]].replace("{time}", clockTime());
    if (state === "signed-out") {
      const link = document.createElement("a");
      link.href = place.dataset.signInUrl;
      link.textContent = place.dataset.textSignIn;
      place.append(" ", link);
    }
  }
});
