import { behaviour, make } from "../core.js";

behaviour("copy", (field) => {
  const input = field.querySelector("input");
  const button = make("button", { class: "button button-secondary", type: "button" }, field.dataset.textCopy);
  const said = make("span", { class: "visually-hidden", role: "status" });
  button.addEventListener("click", async () => {
    let text = field.dataset.textCopied;
    try {
      await navigator.clipboard.writeText(input.value);
    } catch {
      input.select();
      text = field.dataset.textFailed;
    }
    button.textContent = said.textContent = text;
    setTimeout(() => {
      button.textContent = field.dataset.textCopy;
      said.textContent = "";
    }, 3000);
  });
  input.parentElement.append(button, said);
});

behaviour("print", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});

behaviour("reveal", (row) => {
  const input = row.querySelector("input");
  const button = make("button", { class: "button button-secondary", type: "button" }, row.dataset.textShow);
  const said = make("span", { class: "visually-hidden", role: "status" });
  const set = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = isShown ? row.dataset.textHide : row.dataset.textShow;
  };
  button.addEventListener("click", () => {
    const isShown = input.type === "password";
    set(isShown);
    said.textContent = isShown ? row.dataset.textShown : row.dataset.textHidden;
  });
  input.form?.addEventListener("submit", () => set(false));
  input.dataset.draft = "never";
  row.append(button, said);
});

behaviour("menu", (menu) => {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

behaviour("error-summary", (summary) => {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const target = event.target.closest("a") && document.getElementById(event.target.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.closest(".field")?.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  });
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  for (const search of document.querySelectorAll("[data-behaviour~=search-key]")) {
    if (!search.offsetParent) continue;
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
});
