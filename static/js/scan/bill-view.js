// Draws the bill: its number, how many sacks of how many, its weights, and what state it is in.

import { setIcon } from "../icons.js";
import { word } from "../words.js";

const ICONS = { none: "clock", live: "bill", full: "check", over: "warning", final: "lock" };

const panel = document.querySelector("#sack");
const part = (name) => document.querySelector(`#bill-${name}`);

/** bill: as in bill-facts.js; onTheWay: scans for it without an answer yet. */
export function drawBill(bill, onTheWay) {
  const { facts } = bill;
  const look = lookOf(bill);
  panel.dataset.state = look;
  part("number").textContent = facts?.number ?? bill.number;
  part("count").textContent = facts?.parents ?? "–";
  part("target").textContent = facts?.target ?? "";
  part("of").hidden = !facts?.target;
  part("fill").hidden = !facts?.target;
  part("fill").max = facts?.target ?? 1;
  part("fill").value = facts?.parents ?? 0;
  part("actual").textContent = facts?.actual_kg ?? facts?.weight_kg ?? "–";
  for (const name of ["expected", "variance"]) if (part(name)) part(name).textContent = facts?.[`${name}_kg`] ?? "–";
  setIcon(panel.querySelector("svg"), ICONS[look]);
  const short = bill.lines.filter((line) => line.short).length;
  const texts = [word(look === "final" ? `bill_${facts.state}` : `bill_${look}`)];
  if (short > 0) texts.push(word("bill_short", { n: short }));
  if (onTheWay > 0) texts.push(word("on_the_way", { n: onTheWay }));
  part("state").textContent = texts.join(" · ");
}

function lookOf({ facts, isLive, isShort }) {
  if (!facts) return "none";
  if (!isLive) return "final";
  if (!facts.target || isShort) return "live";
  return facts.parents > facts.target ? "over" : "full";
}
