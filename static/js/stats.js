// Refreshes the numbers of the dashboard every five seconds while somebody can see them.

import { word } from "./words.js";

const EVERY_MS = 5000;
const TIMEOUT_MS = 4000;
const panel = document.querySelector("#stats");
const elements = panel.querySelectorAll("[data-number]");
const time = document.querySelector("#as-of");
const stale = document.querySelector("#stale");
const language = document.documentElement.lang;
const numberOf = (stats, path) => path.split(".").reduce((value, name) => value?.[name], stats);

async function refresh() {
  if (document.hidden) return;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(panel.dataset.stats, { redirect: "manual", signal: abort.signal });
    if (response.ok) draw(await response.json());
    else tell(response.status === 401 ? "signed_out" : "unreachable");
  } catch {
    tell("unreachable");
  } finally {
    clearTimeout(timer);
  }
}

function draw(stats) {
  stale.hidden = true;
  for (const element of elements) {
    const number = numberOf(stats, element.dataset.number);
    if (number != null) element.textContent = number.toLocaleString(language);
  }
  time.dateTime = stats.as_of;
  time.textContent = new Date(stats.as_of).toLocaleTimeString(language, { timeZone: time.dataset.zone, hour12: false });
}

function tell(why) {
  stale.textContent = word(why);
  stale.hidden = false;
}

for (const element of elements) element.textContent = Number(element.textContent).toLocaleString(language);
setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
