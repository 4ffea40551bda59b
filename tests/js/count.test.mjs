import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Counted } from "../../static/js/scan/counted.js";
import { History } from "../../static/js/scan/history.js";
import { Queue } from "../../static/js/scan/queue.js";
import { Repeats } from "../../static/js/scan/repeats.js";
import { MemoryStorage } from "./storage.mjs";

// The page's token stands in the page; the desk asks for none here.
globalThis.document = { querySelector: () => ({ content: "" }) };
const { CountDesk } = await import("../../static/js/scan/count-desk.js");

const PRODUCTS = [{ name: "mustard", prefix: "SB", digits: 5, limit: 30 }];

let desk;
let tab;
let sounds;
let answers;
let calls; // [path, body] of each change
let reply; // what the next change answers
let boards; // numbers of the recounts that were finished

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_764_000_000_000 });
  [sounds, answers, calls, boards] = [[], [], [], []];
  reply = { status: 200, body: {} };
  tab = new MemoryStorage();
  desk = new CountDesk({
    products: PRODUCTS,
    queue: new Queue(new MemoryStorage(), { id: "7", name: "ravi" }, "screen-a"),
    sack: new Counted(tab, "7"),
    history: new History(new MemoryStorage(), "7.count"),
    repeats: new Repeats(),
    isLate: () => false,
    play: (sound) => sounds.push(sound),
    show: (answer) => answers.push(answer),
    changed: () => {},
    heard: () => {},
    call: async (path, body) => (calls.push([path, body]), reply),
    finished: (number) => boards.push(number),
  });
});

const sent = () => desk.queue.waiting().map(({ scan, undo }) => (scan ? [scan.mode, scan.raw, scan.parent] : ["undo", undo.scan]));

function settle(code, parents, more = {}) {
  const entry = desk.queue.waiting()[0];
  desk.queue.remove(entry);
  const bill = { number: "4", state: "open", target: null, parents };
  const result = { key: entry.scan?.key ?? entry.undo.key, code, severity: "success", message: "", replayed: false, parent: null, bag: null, bill, ...more };
  desk.settled([[entry, result]]);
  return entry;
}

function begin() {
  desk.take("SB00001", "wedge");
  settle("recount_opened", 0, { bag: { qr_id: "SB00001" } });
}

test("a sack is on the screen at once, and its packets carry its code", () => {
  desk.take("sb00001", "wedge");
  desk.take("7000001", "wedge");
  assert.deepEqual(sent(), [["count", "sb00001", null], ["count", "7000001", "SB00001"]]);
  assert.deepEqual(desk.sack.shown, { code: "SB00001", count: null, number: null, state: "sent", seq: 1 });
});

test("each answer tells the count, an undo too", () => {
  begin();
  desk.take("7000001", "wedge");
  const { scan } = settle("counted", 1);
  assert.deepEqual(desk.sack.shown, { code: "SB00001", count: 1, number: "4", state: "open", seq: 1 });
  desk.undo();
  assert.deepEqual(sent(), [["undo", scan.key]]);
  settle("undone", 0);
  assert.equal(desk.sack.shown.count, 0);
});

test("a packet of another recount changes no count here", () => {
  begin();
  desk.take("7000001", "wedge");
  settle("counted", 9, { bill: { number: "5", parents: 9 } });
  assert.equal(desk.sack.shown.count, 0);
});

test("a sack that is refused, and one that others finished, leave the screen", () => {
  desk.take("SB00001", "wedge");
  settle("unknown", 0, { severity: "block", bill: null });
  assert.equal(desk.sack.code, null);
  mock.timers.tick(2000); // else the same code again is held back
  begin();
  desk.take("7000001", "wedge");
  settle("not_counting", 0, { severity: "block", bill: null });
  assert.equal(desk.sack.code, null);
  assert.equal(answers.at(-1).sackLost, true);
});

test("a packet without a sack is sent and the server says so", () => {
  desk.take("7000001", "wedge");
  assert.deepEqual(sent(), [["count", "7000001", null]]);
});

test("the sack is still there after a reload", () => {
  begin();
  assert.deepEqual(new Counted(tab, "7").shown, desk.sack.shown);
  assert.equal(new Counted(tab, "8").code, null);
});

test("Done finishes it on the server, and then the board is shown", async () => {
  begin();
  await desk.commands["TT-DONE"]();
  assert.deepEqual(calls, [["/api/v1/recounts/4/finish", {}]]);
  assert.deepEqual([desk.sack.code, boards, sounds.at(-1), answers.at(-1).code], [null, ["4"], "full", "finished"]);
});

test("Done waits for scans that were not sent", async () => {
  begin();
  desk.take("7000001", "wedge");
  await desk.finish();
  assert.deepEqual([calls, answers.at(-1).code], [[], "not_all_sent"]);
  settle("counted", 1);
  await desk.finish();
  assert.deepEqual(boards, ["4"]);
});

test("Done without a sack, and before the server knows it, changes nothing", async () => {
  await desk.finish();
  assert.equal(answers.at(-1).code, "need_parent");
  desk.take("SB00001", "wedge");
  await desk.finish();
  assert.equal(answers.at(-1).code, "not_all_sent");
  assert.deepEqual(calls, []);
});

test("without an answer, or refused, it is not done and said so", async () => {
  begin();
  reply = null;
  await desk.finish();
  assert.deepEqual([answers.at(-1).code, answers.at(-1).message, sounds.at(-1)], ["not_finished", undefined, "refused"]);
  reply = { status: 409, body: { error: { code: "dropped", message: "Given up." } } };
  await desk.finish();
  assert.deepEqual([answers.at(-1).message, desk.sack.code, boards], ["Given up.", "SB00001", []]);
});
