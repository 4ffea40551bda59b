// Keeps the system page true: asks every five seconds, while somebody can see it.

import { addSample, drawLines } from "./lines.js";
import { word } from "./words.js";

const EVERY_MS = 5000;
const TIMEOUT_MS = 4000;
// The charts' numbers: the item and the fact that each of them is, as monitoring.health.history has them.
const NUMBERS = {
  connections: ["pool", "in_use"],
  waiting_for_locks: ["locks", "waiting"],
  cache_ms: ["cache", "answered_ms"],
  memory_free_percent: ["memory", "free_percent"],
  load_per_core: ["memory", "load_per_core"],
  jobs_waiting: ["worker", "waiting"],
  replica_lag_seconds: ["replication", "lag_seconds"],
};
const panel = document.querySelector("#system");
const time = document.querySelector("#as-of");
const stale = document.querySelector("#stale");
const language = document.documentElement.lang;
const read = (id) => JSON.parse(document.getElementById(id).textContent);

async function refresh() {
  if (document.hidden) return;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(panel.dataset.health, { redirect: "manual", signal: abort.signal });
    if (response.ok) show(await response.json());
    else tell(response.status === 401 ? "signed_out" : "unreachable");
  } catch {
    tell("unreachable");
  } finally {
    clearTimeout(timer);
  }
}

function show(health) {
  stale.hidden = true;
  for (const element of panel.querySelectorAll("[data-item]")) {
    const item = health[element.dataset.item];
    element.hidden = !item;
    if (!item) continue;
    element.dataset.status = item.status;
    element.querySelector("[data-text]").textContent = item.text;
  }
  time.dateTime = health.as_of;
  time.textContent = new Date(health.as_of).toLocaleTimeString(language, { timeZone: time.dataset.zone, hour12: false });
  const numbers = Object.entries(NUMBERS).map(([name, [item, fact]]) => [name, health[item]?.facts[fact] ?? null]);
  addSample({ at: Math.floor(new Date(health.as_of) / 1000), ...Object.fromEntries(numbers) });
  showLast(Object.fromEntries(numbers));
  showRows(health);
}

function showLast(numbers) {
  for (const element of document.querySelectorAll("[data-last]")) {
    const number = numbers[element.dataset.last];
    if (number !== undefined) element.textContent = number === null ? "–" : number.toLocaleString(language);
  }
}

function showRows(health) {
  for (const body of document.querySelectorAll("[data-rows]")) {
    const [item, fact] = body.dataset.rows.split(".");
    const columns = body.dataset.columns.split(" ");
    const found = health[item]?.facts[fact] ?? [];
    const rows = Array.isArray(found) ? found : Object.entries(found).map(([kind, times]) => ({ kind, times }));
    body.replaceChildren(...(rows.length ? rows.map((row) => rowOf(row, columns, labels(body))) : [nothing(columns)]));
  }
}

const labels = (body) => [...body.closest("table").querySelectorAll("thead th")];

function rowOf(row, columns, heads) {
  const line = document.createElement("tr");
  columns.forEach((column, place) => {
    const cell = document.createElement(place ? "td" : "th");
    if (place) cell.dataset.label = heads[place].textContent;
    else cell.scope = "row";
    if (heads[place].classList.contains("number")) cell.classList.add("number");
    cell.textContent = written(column, row[column]);
    line.append(cell);
  });
  return line;
}

function nothing(columns) {
  const line = document.createElement("tr");
  const cell = document.createElement("td");
  cell.colSpan = columns.length;
  cell.className = "muted";
  cell.textContent = word("nothing");
  line.append(cell);
  return line;
}

function written(column, value) {
  if (column.endsWith("_bytes")) return `${Math.round(value / 1e6).toLocaleString(language)} MB`;
  return column === "pid" || typeof value !== "number" ? String(value) : value.toLocaleString(language);
}

function tell(why) {
  stale.textContent = word(why);
  stale.hidden = false;
}

const samples = read("samples");
drawLines(samples);
if (samples.length) showLast(samples.at(-1));
show(read("health"));
setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
