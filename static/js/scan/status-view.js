// Says what has not reached the server, why, and that it is safe.

import { setIcon } from "../icons.js";
import { word } from "../words.js";

const chip = document.querySelector("#unsent");
const bar = document.querySelector("#trouble");
const signIn = document.querySelector("#sign-in");
const aside = document.querySelector("#aside");
const asideList = document.querySelector("#aside-list");
const others = document.querySelector("#others");

/** why: as the sender tells it, or null; unsent, ofOthers: numbers; kept: the entries that need attention. */
export function drawStatus({ why, unsent, kept, ofOthers }) {
  const trouble = why ?? (navigator.onLine ? null : "unreachable");
  chip.dataset.state = trouble ? "trouble" : unsent > 0 ? "unsent" : "sent";
  setIcon(chip.querySelector("svg"), trouble ? "cloud-off" : unsent > 0 ? "clock" : "check");
  chip.querySelector("span").textContent = unsent > 0 ? word("unsent", { n: unsent }) : word("all_sent");
  bar.hidden = !trouble;
  bar.querySelector("span").textContent = trouble ? word(`why_${trouble}`, { n: unsent }) : "";
  signIn.hidden = trouble !== "signed_out" && trouble !== "other_user";
  aside.hidden = kept.length === 0;
  asideList.textContent = kept.map(({ scan, undo }) => scan?.raw || scan?.parent || undo.scan).join("\n");
  others.hidden = ofOthers === 0;
  others.querySelector("span").textContent = word("of_others", { n: ofOthers });
}
