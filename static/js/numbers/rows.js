// Lists: each <tbody data-rows="name"> has a <template> of one row, whose [data-cell] are filled in.

import { told } from "./tiles.js";

const show = (cell, value, most) => {
  if (cell.localName === "meter") {
    cell.max = Math.max(1, most);
    cell.value = value;
  } else cell.textContent = typeof value === "number" ? told(value) : value;
};

/** The rows of one list, in the order given; its [data-empty] sentence stands instead of none. */
export function drawRows(name, rows) {
  const list = document.querySelector(`[data-rows="${name}"]`);
  if (!list) return;
  const template = list.querySelector("template");
  const lines = rows.map((row) => {
    const line = template.content.cloneNode(true);
    for (const cell of line.querySelectorAll("[data-cell]")) {
      const key = cell.dataset.cell;
      show(cell, row[key], Math.max(...rows.map((other) => other[key])));
    }
    return line;
  });
  list.replaceChildren(template, ...lines);
  list.closest("table").hidden = rows.length === 0;
  document.querySelector(`[data-empty="${name}"]`).hidden = rows.length > 0;
}
