// Until when everything is counted, and whether it still is.

import { word } from "../words.js";

const time = document.querySelector("#as-of");
const stale = document.querySelector("#stale");
const language = document.documentElement.lang;
let late = false;

const show = (moment) => {
  time.dateTime = moment.toISOString();
  time.textContent = moment.toLocaleTimeString(language, { timeZone: time.dataset.zone, hour12: false });
};

export function drawClock(numbers) {
  late = numbers.late;
  show(new Date(numbers.as_of));
}

/** `why` the numbers stand still; null when they were right at `date`. */
export function tell(why, date) {
  const said = why ?? (late ? "late" : null);
  if (!said) show(new Date(date));
  if (said) stale.textContent = word(said);
  stale.hidden = !said;
}
