// Scans per hour as bars: of all, or of the area that is chosen.

import { drawBars } from "../bars.js";

const box = document.querySelector("#hours");
const choice = document.querySelector("#hours-area");
let last = null;

const label = (hour) => String(hour).padStart(2, "0");

function draw() {
  const chosen = choice?.value;
  const area = chosen ? last.areas.find((one) => (one.area ?? "none") === chosen) : null;
  const values = last.hours.map((hour, place) => (chosen ? (area?.hours[place] ?? 0) : hour.scans));
  drawBars(box, { labels: last.hours.map(({ hour }) => label(hour)), values });
}

/** `none` is the word for scans that belong to no area. */
function offer(areas, none) {
  const offered = new Set([...choice.options].map(({ value }) => value));
  for (const { area, name } of areas)
    if (!offered.has(area ?? "none")) choice.add(new Option(name ?? none, area ?? "none"));
  choice.closest("label").hidden = choice.options.length < 3;
}

export function drawHours(numbers, none) {
  last = numbers;
  if (choice) offer(numbers.areas, none);
  draw();
}

choice?.addEventListener("change", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => last && draw());
addEventListener("resize", () => last && draw());
