// The dashboard: drawn from the numbers that the page brings, then from those that it asks for.

import { drawClock, tell } from "./numbers/clock.js";
import { follow } from "./numbers/feed.js";
import { drawHours } from "./numbers/hours.js";
import { drawRows } from "./numbers/rows.js";
import { drawTiles } from "./numbers/tiles.js";
import { word } from "./words.js";

const reason = (code) => word(`code_${code}`) ?? code.replaceAll("_", " ");

function draw(numbers) {
  drawClock(numbers);
  drawTiles(numbers);
  drawHours(numbers, word("no_area"));
  drawRows("areas", numbers.areas.map((row) => ({ ...row, name: row.name ?? word("no_area") })));
  drawRows("refusals", numbers.refusals.map((row) => ({ ...row, bar: row.scans, reason: reason(row.code) })));
  drawRows("operators", numbers.operators);
  drawRows("devices", numbers.waiting_devices);
}

draw(JSON.parse(document.getElementById("numbers").textContent));
follow(document.querySelector("#stats").dataset.stats, { draw, tell });
