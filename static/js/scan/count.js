// The counting screen: a station that shows one sack and how many packets were counted, never how many there should be.

import { setIcon } from "../icons.js";
import { word } from "../words.js";
import { press } from "./buttons.js";
import { CountDesk } from "./count-desk.js";
import { Counted } from "./counted.js";
import { openStation } from "./station.js";

const BOARD = "/recounts/";
const panel = document.querySelector("#sack");
const [code, count, state] = ["code", "count", "state"].map((part) => document.querySelector(`#sack-${part}`));

const { desk } = openStation({
  name: ".count",
  makeDesk: (parts, tab) =>
    new CountDesk({
      ...parts,
      sack: new Counted(tab, parts.queue.operator.id),
      finished: (number) => location.assign(`${BOARD}${number}/`),
    }),
  draw({ sack }, waiting) {
    drawCounted(sack.shown, waiting.filter(({ scan }) => scan?.parent && scan.parent === sack.code).length);
    document.querySelector("#done").disabled = !sack.code;
  },
});
press("#done", () => desk.finish());

function drawCounted(shown, onTheWay) {
  const look = shown?.state ?? "none";
  panel.dataset.state = look;
  code.textContent = shown?.code ?? word("sack_none");
  count.textContent = shown?.count ?? "–";
  setIcon(panel.querySelector("svg"), look === "sent" ? "clock" : "sack");
  const texts = [word(`sack_state_${look}`)];
  if (onTheWay > 0) texts.push(word("on_the_way", { n: onTheWay }));
  state.textContent = texts.join(" · ");
}
