// The breath counter of "Overdose now": without it the page says the same in words.
const BREATH_EVERY = 5;

for (const place of document.querySelectorAll("[data-breath]")) {
  const { textStart, textStop, textBreathe } = place.dataset;
  const button = document.createElement("button");
  const count = document.createElement("p");
  const said = document.createElement("p");
  button.type = "button";
  button.className = "breath-button";
  button.textContent = textStart;
  count.className = "breath-count";
  count.hidden = true;
  count.setAttribute("aria-hidden", "true");
  said.className = "quiet";
  said.setAttribute("role", "status");
  place.append(count, button, said);

  let timer = 0;
  let beat = 0;
  let lock = null;

  const tick = () => {
    const isBreath = beat === 0;
    count.textContent = isBreath ? textBreathe : beat + 1;
    count.classList.toggle("is-breath", isBreath);
    said.textContent = isBreath ? textBreathe : "";
    if (isBreath) navigator.vibrate?.(120);
    beat = (beat + 1) % BREATH_EVERY;
  };

  button.addEventListener("click", async () => {
    const isRunning = timer !== 0;
    clearInterval(timer);
    timer = 0;
    count.hidden = isRunning;
    button.textContent = isRunning ? textStart : textStop;
    said.textContent = "";
    lock?.release();
    lock = null;
    if (isRunning) return;
    beat = 0;
    tick();
    timer = setInterval(tick, 1000);
    lock = await navigator.wakeLock?.request("screen").catch(() => null);
  });
}
