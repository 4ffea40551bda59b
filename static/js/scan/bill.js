// The screen that puts sacks onto a bill, or onto a return: a station that shows one of them.

import { BillDesk } from "./bill-desk.js";
import { drawBill } from "./bill-view.js";
import { Bill } from "./bill-facts.js";
import { press } from "./buttons.js";
import { bindFinish } from "./finish.js";
import { bindLines, drawLines } from "./lines-view.js";
import { openStation } from "./station.js";

const KINDS = {
  bill: { put: "bill", off: "unbill", start: "/scan/bill/", api: "/api/v1/bills/", finish: "complete" },
  return: { put: "return", off: "unreturn", start: "/scan/return/", api: "/api/v1/returns/", finish: "commit" },
};
const kind = KINDS[document.body.dataset.kind];
// The page may have come from the device, which knows no bill: its address says which one it shows.
const number = decodeURIComponent(location.pathname.slice(kind.start.length, -1));

const { desk, inTurn } = openStation({
  name: `.${number}`,
  makeDesk: (parts) => new BillDesk({ ...parts, kind, sack: new Bill(number, kind) }),
  draw({ sack: bill, finishing }, waiting) {
    drawBill(bill, waiting.filter(({ scan }) => scan && bill.isNamed(scan.bill)).length);
    drawLines(bill);
    finish.draw(bill, finishing);
  },
});
const finish = bindFinish(desk);
press("#done", () => desk.finish());
bindLines((code) => inTurn(() => desk.takeOff(code)));
