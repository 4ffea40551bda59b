// Draws the sack: its code, the big count, and what state it is in.

import { setIcon } from "../icons.js";
import { word } from "../words.js";

const ICONS = { none: "sack", sent: "clock", open: "sack", full: "check", short: "check" };

const panel = document.querySelector("#sack");
const [code, count, limit, state, fill] = ["code", "count", "limit", "state", "fill"].map((part) => document.querySelector(`#sack-${part}`));

/** shown: as Sack has it; onTheWay: scans for this sack without an answer yet. */
export function drawSack(shown, onTheWay) {
  const look = lookOf(shown);
  panel.dataset.state = look;
  code.textContent = shown?.code ?? word("sack_none");
  count.textContent = shown?.count ?? "–";
  limit.textContent = shown?.limit ?? "";
  fill.max = shown?.limit ?? 1;
  fill.value = shown?.count ?? 0;
  setIcon(panel.querySelector("svg"), ICONS[look]);
  const texts = [word(`sack_state_${look}`)];
  if (onTheWay > 0) texts.push(word("on_the_way", { n: onTheWay }));
  state.textContent = texts.join(" · ");
}

function lookOf(shown) {
  if (!shown) return "none";
  if (shown.state !== "closed") return shown.state;
  return shown.count === shown.limit ? "full" : "short";
}
