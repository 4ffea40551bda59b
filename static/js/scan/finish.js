// "Complete": the panel that asks why a bill is finished below its target. No dialog: the next sack closes it, and its
// answers are touched, because keys belong to the scanner.

import { press } from "./buttons.js";

const panel = document.querySelector("#why");
const done = document.querySelector("#done");

/** -> {draw(bill, finishing)} */
export function bindFinish(desk) {
  press("#why [data-reason]", ({ currentTarget }) => desk.finish(currentTarget.textContent.trim()));
  return {
    draw(bill, finishing) {
      done.disabled = finishing === "sent" || !bill.isLive || !bill.facts?.parents;
      document.body.classList.toggle("asking", finishing === "asked");
      if (panel) panel.hidden = finishing !== "asked";
    },
  };
}
