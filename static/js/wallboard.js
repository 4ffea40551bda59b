// The wallboard: drawn from the numbers that the page brings, then from those that its token fetches.

import { drawClock, tell } from "./numbers/clock.js";
import { follow } from "./numbers/feed.js";
import { drawHours } from "./numbers/hours.js";
import { drawTiles } from "./numbers/tiles.js";

function draw(numbers) {
  drawClock(numbers);
  drawTiles(numbers);
  drawHours(numbers);
}

draw(JSON.parse(document.getElementById("numbers").textContent));
const token = new URLSearchParams(location.search).get("token");
follow(document.querySelector("[data-numbers]").dataset.numbers, {
  headers: { Authorization: `Bearer ${token}` },
  draw,
  tell,
});
