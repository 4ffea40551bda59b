// Warns two minutes before the session ends, and keeps it with one touch. The server counts: this asks it at the
// time of the warning and again while the warning stands, so that work in another tab takes the warning away.

import { Countdown } from "./countdown.js";

const bar = document.querySelector("#staying");

async function call(path, method) {
  const headers = method === "POST" ? { "X-CSRFToken": token() } : {};
  try {
    const response = await fetch(path, { method, headers, redirect: "manual", cache: "no-store" });
    if (response.status === 401) return "ended";
    return response.ok ? await response.json() : null;
  } catch {
    return null; // no network: the packing screen has its own words for that
  }
}

// A form of the page holds it; the packing screen, which has none, in its head.
const token = () =>
  document.querySelector("meta[name=csrf-token]")?.content ?? document.querySelector("[name=csrfmiddlewaretoken]").value;

function show(state, time) {
  bar.hidden = state === null;
  for (const text of bar.querySelectorAll("[data-says]")) {
    text.dataset.text ??= text.textContent;
    text.hidden = text.dataset.says !== state;
    if (!text.hidden) text.textContent = text.dataset.text.replace("{time}", time);
  }
  for (const way of bar.querySelectorAll("[data-for]")) way.hidden = way.dataset.for !== state;
}

const countdown = new Countdown({ ask: () => call(bar.dataset.ask, "GET"), show });
bar.querySelector("button").addEventListener("click", async () => countdown.hear(await call(bar.dataset.stay, "POST")));
document.addEventListener("visibilitychange", () => document.hidden || countdown.check());
countdown.check();
