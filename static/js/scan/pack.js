// The packing screen: a station that shows one sack.

import { press } from "./buttons.js";
import { Desk } from "./desk.js";
import { drawSack } from "./sack-view.js";
import { Sack } from "./sack.js";
import { openStation } from "./station.js";

const { desk, inTurn } = openStation({
  makeDesk: (parts, tab) => new Desk({ ...parts, sack: new Sack(tab, parts.queue.operator.id) }),
  draw({ sack }, waiting) {
    drawSack(sack.shown, waiting.filter(({ scan }) => scan?.parent && scan.parent === sack.code).length);
    document.querySelector("#done").disabled = !sack.code || sack.shown.state === "closed";
  },
});
press("#done", () => inTurn(() => desk.close()));
press("#answer-move", ({ currentTarget }) => {
  const { key } = currentTarget.dataset; // another answer may take its place before the turn comes
  inTurn(() => desk.move(key));
});
