import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keyOf } from "../../static/js/scan/entries.js";
import { Queue } from "../../static/js/scan/queue.js";
import { uuid } from "../../static/js/scan/uuid.js";
import { MemoryStorage } from "./storage.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const RAVI = { id: "7", name: "ravi" };

let storage;
let queue;

beforeEach(() => {
  storage = new MemoryStorage();
  queue = new Queue(storage, RAVI, "screen-a");
});

const scan = (raw, parent = "SB00860") => queue.addScan({ mode: "pack", raw, parent, source: "wedge", offline: false });
const raws = (entries) => entries.map((entry) => entry.scan?.raw ?? "undo");

test("a scan is stored with all that the server asks for", () => {
  const before = new Date().toISOString();
  const { captured_at, key, ...rest } = scan("1234567").scan;
  assert.match(key, UUID);
  assert.ok(captured_at >= before && captured_at <= new Date().toISOString());
  assert.deepEqual(rest, { seq: 1, mode: "pack", raw: "1234567", parent: "SB00860", bill: null, source: "wedge", offline: false });
});

test("first in, first out, over a reload", () => {
  for (let index = 0; index < 120; index += 1) scan(String(1000 + index));
  const after = new Queue(storage, RAVI, "screen-a");
  assert.deepEqual(raws(after.waiting()), Array.from({ length: 120 }, (_, index) => String(1000 + index)));
  assert.deepEqual(after.waiting().map((entry) => entry.scan.seq), Array.from({ length: 120 }, (_, index) => index + 1));
  assert.equal(after.device(), queue.device());
});

test("numbers go on after everything was sent", () => {
  queue.remove(scan("1234567"));
  assert.equal(scan("1234568").scan.seq, 2);
});

test("a lost counter does not give a number twice", () => {
  scan("1234567");
  storage.removeItem("tt.seq");
  assert.equal(scan("1234568").scan.seq, 2);
});

test("the head is a run of scans, or one undo", () => {
  const first = scan("1111");
  scan("2222");
  queue.addUndo(keyOf(first));
  scan("3333");
  assert.deepEqual(raws(queue.head(50)), ["1111", "2222"]);
  assert.deepEqual(raws(queue.head(1)), ["1111"]);
  queue.head(50).forEach((entry) => queue.remove(entry));
  assert.deepEqual(queue.head(50).map((entry) => entry.undo.scan), [keyOf(first)]);
  queue.head(50).forEach((entry) => queue.remove(entry));
  assert.deepEqual(raws(queue.head(50)), ["3333"]);
});

test("an undo takes no number of the device", () => {
  queue.addUndo(keyOf(scan("1111")));
  assert.equal(scan("2222").scan.seq, 2);
});

test("without room a scan is refused, nothing of it stays, and no number is lost", () => {
  scan("1111");
  const before = new Map(storage.items);
  storage.room = [...before].reduce((sum, [key, text]) => sum + key.length + text.length, 0);
  assert.throws(() => scan("2222"));
  assert.deepEqual(storage.items, before);
  storage.room = Infinity;
  assert.equal(scan("3333").scan.seq, 2);
});

test("room for the scan but not for the counter: refused as well", () => {
  for (let index = 0; index < 9; index += 1) scan("1111");
  const before = new Map(storage.items);
  storage.setItem = function (name, value) {
    if (name === "tt.seq") throw new Error("QuotaExceededError");
    MemoryStorage.prototype.setItem.call(this, name, value);
  };
  assert.throws(() => scan("2222"));
  assert.deepEqual(storage.items, before);
});

test("what needs attention is kept, not sent, and can be tried again in its old place", () => {
  const [first] = [scan("1111"), scan("2222")];
  queue.setAside(first, "refused");
  assert.deepEqual(raws(queue.waiting()), ["2222"]);
  assert.deepEqual(raws(queue.attention()), ["1111"]);
  queue.tryAgain();
  assert.deepEqual(raws(queue.waiting()), ["1111", "2222"]);
  assert.deepEqual(queue.attention(), []);
});

test("another person's scans stay, are known by name, and are never sent as one's own", () => {
  scan("1111");
  const other = new Queue(storage, { id: "8", name: "meena" }, "screen-a");
  assert.deepEqual(other.head(50), []);
  assert.deepEqual(other.waiting(), []);
  assert.deepEqual(other.everyones().map(({ user, name }) => [user, name]), [["7", "ravi"]]);
  assert.equal(other.addScan({ mode: "pack", raw: "2222", parent: null, source: "wedge", offline: false }).scan.seq, 2);
  assert.deepEqual(raws(queue.head(50)), ["1111"]);
  assert.deepEqual(raws(new Queue(storage, RAVI, "screen-a").everyones()), ["1111", "2222"]);
});

test("a screen sends its own scans, and those of screens that are gone", () => {
  scan("1111");
  const other = new Queue(storage, RAVI, "screen-b");
  other.addScan({ mode: "pack", raw: "2222", parent: null, source: "wedge", offline: false });
  assert.deepEqual(raws(other.head(50)), ["2222"]);
  assert.deepEqual(raws(other.waiting()), ["1111", "2222"]);
  other.adopt(new Set(["screen-a", "screen-b"]));
  assert.deepEqual(raws(other.head(50)), ["2222"]);
  other.adopt(new Set(["screen-b"]));
  assert.deepEqual(raws(other.head(50)), ["1111", "2222"]);
});

test("what another tab writes and takes out is heard of", () => {
  const other = new Queue(storage, RAVI, "screen-b");
  scan("1111");
  const [name] = [...storage.items.keys()].filter((one) => one.startsWith("tt.queue."));
  assert.deepEqual(other.waiting(), []);
  other.heard(name, storage.getItem(name));
  other.heard("tt.volume", "loud");
  assert.deepEqual(raws(other.waiting()), ["1111"]);
  assert.equal(other.lastNumber(), 1);
  other.heard(name, null);
  assert.deepEqual(other.waiting(), []);
});

test("an entry that cannot be read stays where it is and disturbs nothing", () => {
  storage.setItem("tt.queue.1.broken", "{");
  scan("1111");
  assert.deepEqual(raws(new Queue(storage, RAVI, "screen-a").waiting()), ["1111"]);
  assert.equal(storage.getItem("tt.queue.1.broken"), "{");
});

test("what the storage lost comes back from the spare copy, in its place, and numbers go on behind it", () => {
  const lost = [];
  for (const raw of ["1111", "2222", "3333"]) {
    scan(raw);
    lost.push(...storage.items);
  }
  const after = new MemoryStorage();
  const revived = new Queue(after, RAVI, "screen-b");
  assert.equal(revived.restore(lost, new Set(["screen-b"])), true);
  assert.equal(revived.device(), queue.device());
  assert.equal(revived.addScan({ mode: "pack", raw: "4444", parent: null, source: "wedge", offline: false }).scan.seq, 4);
  assert.deepEqual(raws(revived.waiting()), ["1111", "2222", "3333", "4444"]);
  assert.deepEqual(new Queue(after, RAVI, "screen-b").waiting(), revived.waiting());
});

test("the spare copy of a screen that lives is not touched, and nothing counts as forgotten", () => {
  scan("1111");
  const other = new Queue(new MemoryStorage(), RAVI, "screen-b");
  assert.equal(other.restore([...storage.items], new Set(["screen-a", "screen-b"])), false);
  assert.deepEqual(other.waiting(), []);
  assert.equal(other.lastNumber(), 1);
});

const LABEL = "LABEL NO.0012345 LOT NO.:MST-24-118, D.O.T.:03/11/2025";

test("ten thousand scans of printed labels, made offline, fit into 5 MB of two-byte characters", () => {
  storage.room = 5_000_000 / 2;
  for (let index = 0; index < 10_000; index += 1) {
    queue.addScan({ mode: "pack", raw: LABEL, parent: "SB00860", source: "wedge", offline: true });
  }
  assert.equal(queue.waiting().length, 10_000);
  const after = new Queue(storage, RAVI, "screen-a");
  assert.deepEqual(after.waiting(), queue.waiting());
});

test("a scan costs as many reads and writes of the storage behind ten thousand as behind none", () => {
  const costOf = (work) => {
    const before = { ...storage.calls };
    work();
    return Object.fromEntries(Object.entries(storage.calls).map(([name, calls]) => [name, calls - (before[name] ?? 0)]));
  };
  scan("1111");
  const first = costOf(() => scan("2222"));
  for (let index = 0; index < 10_000; index += 1) scan("1111");
  assert.deepEqual(costOf(() => scan("3333")), first);
  assert.equal(first.setItem, 2);
});

test("keys are UUIDs on plain http too", () => {
  const plain = { getRandomValues: (bytes) => globalThis.crypto.getRandomValues(bytes) };
  const made = new Set(Array.from({ length: 200 }, () => uuid(plain)));
  assert.equal(made.size, 200);
  for (const one of made) assert.match(one, UUID);
});
