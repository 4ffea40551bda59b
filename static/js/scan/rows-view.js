// Draws the last scans. A row keeps its element as long as it is shown, so that a button in it keeps the focus.

import { setIcon } from "../icons.js";
import { word } from "../words.js";
import { titleOf } from "./answer-view.js";
import { canMove, canUndo } from "./history.js";

const ICONS = { success: "check", notice: "repeat", attention: "warning", block: "stop" };

const list = document.querySelector("#rows");
const blank = document.querySelector("#row").content.firstElementChild;
const elements = new Map();

export function drawRows(rows, sackCode) {
  for (const [key, element] of elements) {
    if (rows.some((row) => row.key === key)) continue;
    element.remove();
    elements.delete(key);
  }
  for (const row of [...rows].reverse()) draw(row, sackCode);
}

function draw(row, sackCode) {
  if (!elements.has(row.key)) {
    elements.set(row.key, blank.cloneNode(true));
    list.prepend(elements.get(row.key));
  }
  const element = elements.get(row.key);
  const part = (name) => element.querySelector(`[data-part=${name}]`);
  element.dataset.severity = row.undo === "done" ? "undone" : row.severity ?? row.state;
  element.title = row.message;
  setIcon(part("icon"), iconOf(row));
  part("text").textContent = row.text;
  part("word").textContent = wordOf(row);
  part("time").textContent = new Date(row.at).toLocaleTimeString("en-GB");
  for (const [name, allowed] of [["undo", canUndo(row)], ["move", canMove(row) && Boolean(sackCode)]]) {
    part(name).hidden = !allowed;
    part(name).dataset.key = row.key;
  }
}

function iconOf(row) {
  if (row.undo === "done") return "undo";
  if (row.state === "aside") return "warning";
  return row.state === "judged" ? ICONS[row.severity] ?? "stop" : "clock";
}

function wordOf(row) {
  if (row.undo) return word(`undo_${row.undo}`);
  return row.state === "judged" ? titleOf(row) : word(`state_${row.state}`);
}
