import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Desk } from "../../static/js/scan/desk.js";
import { History } from "../../static/js/scan/history.js";
import { Queue } from "../../static/js/scan/queue.js";
import { Repeats } from "../../static/js/scan/repeats.js";
import { Sack } from "../../static/js/scan/sack.js";
import { MemoryStorage } from "./storage.mjs";

const RAVI = { id: "7", name: "ravi" };
const PRODUCTS = [{ name: "mustard", prefix: "SB", digits: 5, limit: 30 }];

let desk;
let sounds;
let answers;
let storage;
let late;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_764_000_000_000 });
  [sounds, answers, late] = [[], [], false];
  storage = new MemoryStorage();
  desk = new Desk({
    products: PRODUCTS,
    queue: new Queue(storage, RAVI, "screen-a"),
    sack: new Sack(new MemoryStorage(), "7"),
    history: new History(new MemoryStorage(), "7"),
    repeats: new Repeats(),
    isLate: () => late,
    play: (sound) => sounds.push(sound),
    show: (answer) => answers.push(answer),
    changed: () => {},
    lookUp: async () => null,
  });
});

const sent = () => desk.queue.waiting().map(({ scan, undo }) => (scan ? [scan.mode, scan.raw, scan.parent] : ["undo", undo.scan]));
const told = (entry, code, severity, more = {}) => [entry, { key: entry.scan?.key ?? entry.undo.key, code, severity, message: "", replayed: false, parent: null, ...more }];
const last = () => desk.queue.waiting().at(-1);
const parent = (qr_id, count, state = "open") => ({ parent: { qr_id, product: "mustard", count, limit: 30, state } });
function settle(code, severity, more) {
  const entry = last();
  desk.queue.remove(entry);
  desk.settled([told(entry, code, severity, more)]);
  return entry;
}

test("each packet goes with the sack that was on the screen when the trigger was pulled", () => {
  for (const code of ["SB00001", "1111", "2222", "SB00002", "3333"]) desk.take(code, "wedge");
  assert.deepEqual(sent(), [
    ["pack", "SB00001", null],
    ["pack", "1111", "SB00001"],
    ["pack", "2222", "SB00001"],
    ["pack", "SB00002", null],
    ["pack", "3333", "SB00002"],
  ]);
});

test("what is read is sent as read; the sack goes along as cleaned", () => {
  desk.take("]C1sb00001 ", "wedge");
  desk.take(" abcd1234", "wedge");
  assert.deepEqual(sent(), [["pack", "]C1sb00001 ", null], ["pack", " abcd1234", "SB00001"]]);
});

test("a packet without a sack, and what nobody can read, are sent too: the server judges", () => {
  desk.take("1111", "wedge");
  desk.take("SB123", "wedge");
  assert.deepEqual(sent(), [["pack", "1111", null], ["pack", "SB123", null]]);
  assert.deepEqual(sounds, ["queued", "queued"]);
});

test("a scan is stored before it is heard", () => {
  desk.play = () => assert.equal(desk.queue.waiting().length, 1);
  desk.take("1111", "wedge");
});

test("without room a scan is refused aloud, and the same code may be scanned again at once", () => {
  storage.room = 0;
  desk.take("1111", "wedge");
  assert.deepEqual(sounds, ["refused"]);
  assert.deepEqual([answers[0].severity, answers[0].code], ["block", "not_kept"]);
  assert.deepEqual(desk.history.rows, []);
  storage.room = Infinity;
  desk.take("1111", "wedge");
  assert.equal(sent().length, 1);
});

test("a code in pieces is refused aloud and not sent", () => {
  desk.refuse();
  assert.deepEqual(sounds, ["refused"]);
  assert.deepEqual([answers[0].severity, answers[0].code], ["block", "broken"]);
  assert.deepEqual(sent(), []);
});

test("a sack that could not be stored is not shown", () => {
  storage.room = 0;
  desk.take("SB00001", "wedge");
  assert.equal(desk.sack.code, null);
});

test("the same code within 1.5 s is held back with a sound of its own, whatever its wrapping", () => {
  desk.take("abcd", "wedge");
  mock.timers.tick(1499);
  desk.take("]Q1ABCD\r", "wedge");
  assert.deepEqual(sounds, ["queued", "held"]);
  assert.equal(sent().length, 1);
  mock.timers.tick(1);
  desk.take("ABCD", "wedge");
  assert.equal(sent().length, 2);
});

test("a code that comes again after another one is not held back", () => {
  for (const code of ["SB00001", "SB00002", "SB00001", "1111"]) desk.take(code, "wedge");
  assert.deepEqual(sent().at(-1), ["pack", "1111", "SB00001"]);
});

test("the same label number with another lot is another packet", () => {
  desk.take("LABEL NO.0012345 LOT NO.:MST-24-118", "wedge");
  desk.take("LABEL NO.0012345 LOT NO.:MST-24-119", "wedge");
  desk.take("label no 0012345 lot no mst-24-119", "wedge");
  assert.equal(sent().length, 2);
});

test("after an undo the same code counts again at once", () => {
  desk.take("1111", "wedge");
  desk.undo();
  desk.take("1111", "wedge");
  assert.deepEqual(sent().map(([mode]) => mode), ["pack", "undo", "pack"]);
});

test("a refused sack scan says that no sack is open; the packets behind it keep theirs", () => {
  desk.take("SB00001", "wedge");
  const [opening] = desk.queue.waiting();
  desk.take("1111", "wedge");
  desk.queue.remove(opening);
  desk.settled([told(opening, "parent_full", "block", parent("SB00001", 30, "closed"))]);
  assert.equal(desk.sack.code, null);
  assert.deepEqual([sounds.at(-1), answers.at(-1).sackLost], ["refused", true]);
  assert.deepEqual(sent(), [["pack", "1111", "SB00001"]]);
  desk.take("2222", "wedge");
  assert.deepEqual(sent().at(-1), ["pack", "2222", null]);
});

test("of answers that come together the worst is heard and shown; each row has its own", () => {
  for (const code of ["SB00001", "1111", "2222", "3333"]) desk.take(code, "wedge");
  const entries = desk.queue.waiting();
  sounds.length = 0;
  desk.settled([
    told(entries[0], "parent_opened", "success", parent("SB00001", 0)),
    told(entries[1], "linked", "success", parent("SB00001", 1)),
    told(entries[2], "lot_differs", "block", parent("SB00001", 1)),
    told(entries[3], "linked", "success", parent("SB00001", 2)),
  ]);
  assert.deepEqual(sounds, ["refused"]);
  assert.equal(answers.at(-1).code, "lot_differs");
  assert.equal(desk.sack.shown.count, 2);
  assert.deepEqual(desk.history.rows.map((row) => row.code), ["linked", "lot_differs", "linked", "parent_opened"]);
});

const HEARD = [
  ["linked", "success", "saved"],
  ["parent_opened", "success", "saved"],
  ["linked_last", "success", "full"],
  ["already_here", "notice", "already"],
  ["in_other_parent", "attention", "refused"],
  ["lot_differs", "block", "refused"],
  ["something_new", "success", "saved"],
  ["something_new", "notice", "already"],
  ["something_new", "attention", "refused"],
  ["something_new", "a severity nobody knows", "refused"],
];
for (const [code, severity, sound] of HEARD) {
  test(`${code} (${severity}) sounds ${sound}`, () => {
    desk.take("1111", "wedge");
    settle(code, severity, code === "parent_opened" ? parent("1111", 0) : {});
    assert.equal(sounds.at(-1), sound);
  });
}

test("answers to another tab's scans change nothing here", () => {
  desk.take("SB00001", "wedge");
  const other = new Queue(storage, RAVI, "screen-b").addScan({ mode: "pack", raw: "SB00002", parent: null, source: "wedge", offline: false });
  desk.settled([told(other, "parent_opened", "success", parent("SB00002", 0))]);
  assert.equal(desk.sack.code, "SB00001");
  assert.deepEqual(sounds, ["queued"]);
});

test("move sends the same text to the sack on the screen, once", () => {
  desk.take("SB00001", "wedge");
  desk.take("]C11111", "wedge");
  const { scan } = settle("in_other_parent", "attention", parent("SB00001", 0));
  desk.move(scan.key);
  desk.move(scan.key);
  assert.deepEqual(sent(), [["pack", "SB00001", null], ["move", "]C11111", "SB00001"]]);
});

test("move is for a packet found in another sack, and needs a sack", () => {
  desk.take("1111", "wedge");
  const { scan } = settle("in_other_parent", "attention");
  desk.move(scan.key);
  assert.deepEqual(sent(), []);
  desk.take("SB00001", "wedge");
  desk.take("2222", "wedge");
  const { scan: saved } = settle("linked", "success", parent("SB00001", 1));
  desk.move(saved.key);
  assert.deepEqual(sent(), [["pack", "SB00001", null]]);
});

test("done closes the sack on the screen; without one it does nothing", () => {
  desk.close();
  assert.deepEqual(sent(), []);
  desk.take("SB00001", "wedge");
  desk.close();
  assert.deepEqual(sent().at(-1), ["close", "", "SB00001"]);
});

test("undo takes the newest scan that was saved or is not judged yet, each once", () => {
  desk.take("SB00001", "wedge");
  desk.take("1111", "wedge");
  const first = settle("linked", "success", parent("SB00001", 1)).scan.key;
  desk.take("2222", "wedge");
  const second = last().scan.key;
  desk.take("SB123", "wedge");
  settle("unreadable", "block");
  desk.undo();
  desk.undo();
  desk.undo();
  assert.deepEqual(sent().slice(-2), [["undo", second], ["undo", first]]);
  assert.equal(sent().length, 4);
});

test("undo of a chosen row; a refused undo can be tried again", () => {
  desk.take("SB00001", "wedge");
  desk.take("1111", "wedge");
  const { key } = settle("linked", "success", parent("SB00001", 1)).scan;
  desk.take("2222", "wedge");
  desk.undo(key);
  assert.deepEqual(sent().at(-1), ["undo", key]);
  settle("undo_too_late", "block");
  assert.equal(desk.history.rows.find((row) => row.key === key).undo, null);
  desk.undo(key);
  settle("undone", "success", parent("SB00001", 0));
  assert.equal(desk.history.rows.find((row) => row.key === key).undo, "done");
  desk.undo(key);
  assert.equal(sent().filter(([mode]) => mode === "undo").length, 0);
});

test("a count told again, or changed elsewhere, is asked for", async () => {
  const asked = [];
  desk.lookUp = async (code) => {
    asked.push(code);
    return { status: 200, body: { ...parent("SB00001", 9).parent, kind: "parent" } };
  };
  desk.take("SB00001", "wedge");
  settle("parent_opened", "success", { ...parent("SB00001", 2), replayed: true });
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(asked, ["SB00001"]);
  assert.equal(desk.sack.shown.count, 9);
});

test("a scan that needs attention is refused aloud", () => {
  desk.take("SB00001", "wedge");
  desk.setAside(last());
  assert.equal(desk.sack.code, null);
  assert.deepEqual([sounds.at(-1), answers.at(-1).code, answers.at(-1).sackLost], ["refused", "aside", true]);
  assert.equal(desk.history.rows[0].state, "aside");
});

test("a scan read while nothing gets through is marked as made offline", () => {
  desk.take("1111", "wedge");
  late = true;
  desk.take("2222", "wedge");
  assert.deepEqual(desk.queue.waiting().map((entry) => entry.scan.offline), [false, true]);
});

test("the list keeps the last ten, newest first, over a reload", () => {
  for (let index = 0; index < 12; index += 1) desk.take(String(1000 + index), "wedge");
  const rows = new History(desk.history.storage, "7").rows.map((row) => row.text);
  assert.deepEqual(rows, Array.from({ length: 10 }, (_, index) => String(1011 - index)));
});
