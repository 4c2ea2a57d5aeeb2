const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 6, PageDown: -6 };

function make(tag, attributes, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

// What a point says stands in the chart's own table. Over the drawing lies a slider: arrow keys go from point to point,
// pointing shows the nearest one, Escape closes. Nothing on the page moves.
function explore(figure) {
  const drawing = figure.querySelector(".run-chart-svg");
  const rows = figure.querySelectorAll(".run-chart-table tbody tr");
  const dots = Array.from(drawing?.querySelectorAll("[data-n]") ?? []);
  if (!dots.length || !rows.length) return;

  const stage = make("div", { class: "chart-stage" });
  const slider = make("div", {
    class: "chart-points",
    role: "slider",
    tabindex: "0",
    "aria-label": figure.dataset.textPoints,
    "aria-valuemin": "1",
    "aria-valuemax": String(dots.length),
  });
  const here = make("div", { class: "chart-here", "aria-hidden": "true" });
  const tip = make("div", { class: "chart-tip", "aria-hidden": "true" });
  here.hidden = tip.hidden = true;
  drawing.before(stage);
  stage.append(drawing, slider);
  slider.append(here, tip);
  let at = dots.length - 1;

  const wordsOf = (dot) => {
    const cells = Array.from(rows[dot.dataset.n - 1].cells, (cell) => cell.textContent.trim().replace(/\s+/g, " "));
    return [`${cells[0]}: ${cells[1]}`, cells[cells.length - 1]];
  };
  const centreOf = (dot) => {
    const box = dot.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const announce = () => {
    slider.setAttribute("aria-valuenow", String(at + 1));
    slider.setAttribute("aria-valuetext", wordsOf(dots[at]).filter(Boolean).join(". "));
  };
  const show = (index) => {
    at = index;
    announce();
    const [value, note] = wordsOf(dots[at]);
    tip.replaceChildren(make("strong", {}, value), note);
    here.hidden = tip.hidden = false;
    const place = slider.getBoundingClientRect();
    const [x, y] = centreOf(dots[at]).map((edge, axis) => edge - (axis ? place.top : place.left));
    here.style.left = `${x}px`;
    here.style.top = `${y}px`;
    tip.style.left = `${Math.min(Math.max(x - tip.offsetWidth / 2, 0), place.width - tip.offsetWidth)}px`;
    tip.style.top = `${y - tip.offsetHeight - 14 < 0 ? y + 16 : y - tip.offsetHeight - 14}px`;
  };
  const close = () => {
    here.hidden = tip.hidden = true;
  };
  const nearest = (x) => {
    const distances = dots.map((dot) => Math.abs(centreOf(dot)[0] - x));
    return distances.indexOf(Math.min(...distances));
  };

  announce();
  slider.addEventListener("focus", () => show(at));
  slider.addEventListener("blur", close);
  slider.addEventListener("keydown", (event) => {
    const last = dots.length - 1;
    if (event.key === "Escape") return close();
    if (event.key === "Home") show(0);
    else if (event.key === "End") show(last);
    else if (event.key in STEPS) show(Math.min(Math.max(at + STEPS[event.key], 0), last));
    else return;
    event.preventDefault();
  });
  drawing.addEventListener("pointermove", (event) => show(nearest(event.clientX)));
  drawing.addEventListener("pointerdown", (event) => show(nearest(event.clientX)));
  drawing.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse" && document.activeElement !== slider) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && stage.isConnected) close();
  });
}

document.querySelectorAll("[data-behaviour~=chart-points]").forEach(explore);
