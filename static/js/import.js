// Shows how far an import is, and the page anew once its state is another. Asking is no activity: it keeps no
// session alive.

import { word } from "./words.js";

const EVERY_MS = 1000;
const panel = document.querySelector("#import");
const bar = document.querySelector("#progress");
const rows = document.querySelector("#progress-rows");
const language = document.documentElement.lang;

async function refresh() {
  if (document.hidden) return;
  const response = await fetch(panel.dataset.stateUrl, { redirect: "manual" }).catch(() => null);
  if (!response?.ok) return;
  const { state, progress } = await response.json();
  if (state !== panel.dataset.state) location.reload();
  else if (progress) show(progress);
}

function show({ step, done, of }) {
  if (of) {
    bar.max = of;
    bar.value = done;
  } else bar.removeAttribute("value");
  rows.textContent = word(step, { done: done.toLocaleString(language), of: of.toLocaleString(language) }) ?? "";
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
