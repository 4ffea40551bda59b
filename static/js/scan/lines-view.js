// All sacks of the bill, in the place of the last scans while it is asked for. Each can be taken off by touch.

import { word } from "../words.js";

const button = document.querySelector("#all");
const list = document.querySelector("#lines");
const blank = document.querySelector("#line").content.firstElementChild;
let shown = null; // the lines drawn, so that hundreds are not drawn anew for nothing

/** takeOff(code): the sack goes off the bill. */
export function bindLines(takeOff) {
  button.addEventListener("click", () => {
    const open = document.body.classList.toggle("listing");
    button.setAttribute("aria-pressed", String(open));
  });
  list.addEventListener("click", ({ target }) => {
    const { code } = target.closest("button")?.dataset ?? {};
    if (code) takeOff(code);
  });
}

export function drawLines(bill) {
  const { lines, isLive } = bill;
  button.querySelector("span").textContent = word("all_sacks", { n: lines.length });
  const drawn = { lines, isLive };
  if (shown?.lines === lines && shown.isLive === isLive) return;
  shown = drawn;
  list.replaceChildren(...lines.map((line) => row(line, isLive)));
}

function row({ qr_id: code, product, children, weight_kg: kg, short }, isLive) {
  const element = blank.cloneNode(true);
  const part = (name) => element.querySelector(`[data-part=${name}]`);
  part("code").textContent = code;
  part("facts").textContent = word("line_facts", { product, n: children, kg });
  part("short").hidden = !short;
  part("off").hidden = !isLive;
  part("off").dataset.code = code;
  part("off").setAttribute("aria-label", word("take_off", { text: code }));
  return element;
}
