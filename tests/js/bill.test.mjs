import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { History } from "../../static/js/scan/history.js";
import { Queue } from "../../static/js/scan/queue.js";
import { Repeats } from "../../static/js/scan/repeats.js";
import { MemoryStorage } from "./storage.mjs";

// The page's token stands in the page; the desk asks for none here.
globalThis.document = { querySelector: () => ({ content: "" }) };
const { Bill } = await import("../../static/js/scan/bill-facts.js");
const { BillDesk } = await import("../../static/js/scan/bill-desk.js");

const PRODUCTS = [{ name: "mustard", prefix: "SB", digits: 5, limit: 30 }];
const KIND = { put: "bill", off: "unbill", api: "/api/v1/bills/", finish: "complete" };
const LINE = { qr_id: "SB00001", product: "mustard", children: 30, weight_kg: "30.000", short: false };
const BILL = { number: "B-1", state: "processing", target: 3, parents: 1, actual_kg: "30.000", expected_kg: "30.000", variance_kg: "0.000", lines: [LINE] };

let desk;
let sounds;
let answers;
let server; // what a look at the bill answers
let asked; // the paths that were looked at
let calls; // [path, body] of each change
let reply; // what the next change answers

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_764_000_000_000 });
  [sounds, answers, asked, calls] = [[], [], [], []];
  server = { status: 200, body: structuredClone(BILL) };
  reply = null;
  const look = async (path) => (asked.push(path), server);
  desk = new BillDesk({
    products: PRODUCTS,
    kind: KIND,
    queue: new Queue(new MemoryStorage(), { id: "7", name: "kavya" }, "screen-a"),
    sack: new Bill("b-1", KIND, look),
    history: new History(new MemoryStorage(), "7"),
    repeats: new Repeats(),
    isLate: () => false,
    play: (sound) => sounds.push(sound),
    show: (answer) => answers.push(answer),
    changed: () => {},
    heard: () => {},
    call: async (path, body) => (calls.push([path, body]), reply),
  });
});

const sent = () => desk.queue.waiting().map(({ scan, undo }) => (scan ? [scan.mode, scan.raw, scan.bill] : ["undo", undo.scan]));
const last = () => desk.queue.waiting().at(-1);
const parent = (qr_id, count) => ({ qr_id, product: "mustard", count, limit: 30, state: "closed", weight_kg: `${count}.000` });
function settle(code, severity, parents, more = {}) {
  const entry = last();
  desk.queue.remove(entry);
  const bill = { number: "B-1", state: "processing", target: 3, parents };
  const result = { key: entry.scan?.key ?? entry.undo.key, code, severity, message: "", replayed: false, parent: null, bill, ...more };
  desk.settled([[entry, result]]);
  return entry;
}
const weights = () => ["actual_kg", "expected_kg", "variance_kg"].map((name) => desk.sack.facts[name]);
const codes = () => desk.sack.lines.map(({ qr_id }) => qr_id);

test("every code that is read goes onto the bill of the address", () => {
  for (const code of ["SB00002", "old sack 7"]) desk.take(code, "wedge");
  assert.deepEqual(sent(), [["bill", "SB00002", "b-1"], ["bill", "old sack 7", "b-1"]]);
  assert.deepEqual(answers.map(({ severity }) => severity), ["sent", "sent"]);
});

test("a sack that was billed shows at once with count and weights, and is not asked for", async () => {
  await desk.refresh();
  desk.take("SB00002", "wedge");
  settle("billed", "success", 2, { parent: parent("SB00002", 27) });
  assert.equal(desk.sack.facts.parents, 2);
  assert.deepEqual(codes(), ["SB00002", "SB00001"]);
  assert.equal(desk.sack.lines[0].short, true);
  assert.deepEqual(weights(), ["57.000", "60.000", "-3.000"]);
  assert.deepEqual(asked, ["/api/v1/bills/b-1"]);
  assert.equal(sounds.at(-1), "saved");
});

test("a sack taken off goes through the queue, and Undo puts it on again", async () => {
  await desk.refresh();
  desk.takeOff("SB00001");
  assert.equal(desk.history.lastUndoable(), undefined);
  settle("unbilled", "success", 0, { parent: parent("SB00001", 30) });
  assert.deepEqual([codes(), weights()], [[], ["0.000", "0.000", "0.000"]]);
  desk.undo();
  assert.deepEqual(sent(), [["bill", "SB00001", "b-1"]]);
});

test("Undo takes the last billed sack back", async () => {
  await desk.refresh();
  desk.take("SB00002", "wedge");
  const entry = settle("billed", "success", 2, { parent: parent("SB00002", 30) });
  desk.commands["TT-UNDO"]();
  assert.deepEqual(sent(), [["undo", entry.scan.key]]);
  settle("undone", "success", 1, { parent: parent("SB00002", 30) });
  assert.deepEqual([codes(), weights()], [["SB00001"], ["30.000", "30.000", "0.000"]]);
});

test("the weight of a return is asked of the server after each sack", async () => {
  server.body = { number: "R-00001", state: "draft", parents: 0, weight_kg: "0.000", lines: [] };
  desk.sack = new Bill("R-00001", { api: "/api/v1/returns/" }, desk.sack.ask);
  await desk.refresh();
  desk.take("SB00002", "wedge");
  server.body = { ...server.body, parents: 1, weight_kg: "29.000", lines: [LINE] };
  settle("returned", "success", 1, { parent: parent("SB00002", 30), bill: { number: "R-00001", state: "draft", target: null, parents: 1 } });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([asked.length, desk.sack.facts.weight_kg, desk.sack.isInDoubt], [2, "29.000", false]);
});

test("answers for another bill change nothing here", async () => {
  await desk.refresh();
  desk.take("SB00002", "wedge");
  settle("billed", "success", 9, { parent: parent("SB00002", 30), bill: { number: "B-2", state: "processing", target: 1, parents: 9 } });
  assert.deepEqual([desk.sack.facts.parents, codes()], [1, ["SB00001"]]);
});

test("when others work on the bill too, the server is asked for its lines", async () => {
  await desk.refresh();
  desk.take("SB00002", "wedge");
  settle("billed", "success", 5, { parent: parent("SB00002", 30) });
  assert.equal(asked.length, 2);
});

test("an answer about the bill that a verdict has overtaken is dropped", async () => {
  await desk.refresh();
  desk.take("SB00002", "wedge");
  const late = desk.refresh();
  settle("billed", "success", 2, { parent: parent("SB00002", 30) });
  await late;
  assert.equal(desk.sack.facts.parents, 2);
});

test("below the target a reason is asked for, and the next sack takes the question away", async () => {
  await desk.refresh();
  await desk.commands["TT-DONE"]();
  assert.deepEqual([desk.finishing, calls, answers.at(-1).code], ["asked", [], "why_short"]);
  desk.take("SB00002", "wedge");
  assert.equal(desk.finishing, null);
});

test("with a reason the bill is completed and shown so", async () => {
  await desk.refresh();
  reply = { status: 200, body: { ...BILL, state: "completed" } };
  await desk.finish("The vehicle is full");
  assert.deepEqual(calls, [["/api/v1/bills/b-1/complete", { reason: "The vehicle is full" }]]);
  assert.deepEqual([desk.sack.isLive, desk.finishing, answers.at(-1).code], [false, null, "finished"]);
});

test("no bill is completed while scans for it wait", async () => {
  await desk.refresh();
  desk.take("SB00002", "wedge");
  await desk.finish("The vehicle is full");
  assert.deepEqual([calls, answers.at(-1).code, sounds.at(-1)], [[], "not_all_sent", "refused"]);
});

test("without an answer nothing is said to be done", async () => {
  await desk.refresh();
  await desk.finish("The vehicle is full");
  assert.deepEqual([answers.at(-1).code, desk.finishing, desk.sack.isLive], ["not_finished", null, true]);
});

test("a refusal is shown in the server's words", async () => {
  await desk.refresh();
  reply = { status: 409, body: { error: { code: "bill_final", message: "This bill is finished." } } };
  await desk.finish("The vehicle is full");
  assert.deepEqual([answers.at(-1).severity, answers.at(-1).message], ["block", "This bill is finished."]);
});

test("when the server finds the bill short, it asks for the reason too", async () => {
  server.body.target = 1;
  await desk.refresh();
  reply = { status: 409, body: { error: { code: "reason_needed", message: "" } } };
  await desk.finish();
  assert.equal(desk.finishing, "asked");
});

test("a number with a slash stays one address", () => {
  assert.equal(new Bill("24/25 7", KIND).path, "/api/v1/bills/24/25%207");
});
