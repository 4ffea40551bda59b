import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { judge } from "../../static/js/scan/answers.js";
import { keyOf } from "../../static/js/scan/entries.js";
import { Queue } from "../../static/js/scan/queue.js";
import { Sender } from "../../static/js/scan/sender.js";
import { MemoryStorage } from "./storage.mjs";

const RAVI = { id: "7", name: "ravi" };

let queue;
let calls;
let told;
let replies;
let sender;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  queue = new Queue(new MemoryStorage(), RAVI, "screen-a");
  [calls, told, replies] = [[], [], []];
  sender = new Sender({
    queue,
    random: () => 1,
    async call(entries) {
      calls.push(entries.map((entry) => entry.scan?.raw ?? "undo"));
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      return typeof reply === "function" ? reply(entries) : reply;
    },
    tell: {
      sending: () => {},
      settled: (pairs) => told.push(...pairs.map(([entry, result]) => `${entry.scan?.raw ?? "undo"}: ${result.code}`)),
      setAside: (entry) => told.push(`${entry.scan?.raw ?? "undo"} aside`),
      state: (why) => told.push(why ?? "well"),
    },
  });
});

const scan = (raw) => queue.addScan({ mode: "pack", raw, parent: "SB00860", source: "wedge", offline: false });
const result = (entry, code = "linked") => ({ key: keyOf(entry), code });
const ok = (entries) => ({ status: 200, body: { results: entries.map((entry) => result(entry)) }, retryAfter: null });
const reply = (status, body = null, retryAfter = null) => ({ status, body, retryAfter });
const left = () => queue.waiting().map((entry) => entry.scan?.raw ?? "undo");
// Timers are mocked, promises are not: let the sender's awaits run out.
async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

const TABLE = [
  ["no answer", null, "later", "unreachable"],
  ["a redirect, not followed", reply(0), "later", "unavailable"],
  ["200 with results", reply(200, { results: [] }), "settled"],
  ["200 with one result (undo)", reply(200, { key: "k", code: "undone" }), "settled"],
  ["200 with a page instead of JSON", reply(200), "later", "unavailable"],
  ["200 with other JSON", reply(200, { hello: 1 }), "later", "unavailable"],
  ["400", reply(400), "attention"],
  ["401", reply(401), "later", "signed_out"],
  ["403", reply(403), "later", "forbidden"],
  ["403 and somebody else is signed in", { ...reply(403), why: "other_user" }, "later", "other_user"],
  ["404", reply(404), "later", "unavailable"],
  ["409", reply(409), "later", "unavailable"],
  ["413", reply(413), "attention"],
  ["415", reply(415), "attention"],
  ["422", reply(422, { error: { code: "key_reused" } }), "attention"],
  ["429", reply(429, null, 7), "later", "busy"],
  ["500", reply(500), "later", "unavailable"],
  ["502", reply(502), "later", "unavailable"],
  ["503", reply(503, null, 5), "later", "unavailable"],
];

for (const [name, answer, fate, why] of TABLE) {
  test(`${name}: ${fate}`, async () => {
    assert.equal(judge(answer, 1).fate, fate);
    scan("1111");
    replies = [fate === "settled" ? ok : answer];
    await sender.kick();
    assert.deepEqual(left(), fate === "later" ? ["1111"] : []);
    assert.equal(queue.attention().length, fate === "attention" ? 1 : 0);
    assert.equal(sender.why, why ?? null);
  });
}

test("scans go out in order, fifty to a call, an undo by itself behind its scan", async () => {
  const entries = Array.from({ length: 60 }, (_, index) => scan(String(1000 + index)));
  queue.addUndo(keyOf(entries[59]));
  scan("2000");
  replies = [ok];
  await sender.kick();
  assert.deepEqual(calls.map((call) => call.length), [50, 10, 1, 1]);
  assert.deepEqual(calls.flat(), [...entries.map((entry) => entry.scan.raw), "undo", "2000"]);
  assert.deepEqual(left(), []);
});

test("a call that stays without an answer is told of before three seconds, and forgotten with the answer", async () => {
  let answer;
  replies = [(entries) => new Promise((resolve) => (answer = () => resolve(ok(entries))))];
  scan("1111");
  sender.kick();
  await pass(2400);
  assert.equal(sender.why, null);
  await pass(100);
  assert.deepEqual(told, ["slow"]);
  assert.equal(sender.isLate, true);
  answer();
  await pass(0);
  assert.deepEqual(told, ["slow", "well", "1111: linked"]);
  assert.equal(sender.isLate, false);
  await pass(60_000);
  assert.equal(told.length, 3);
});

test("one call at a time, also for scans that come while it is under way", async () => {
  let answer;
  replies = [(entries) => new Promise((resolve) => (answer = () => resolve(ok(entries))))];
  scan("1111");
  const running = sender.kick();
  await pass(0);
  scan("2222");
  sender.kick();
  scan("3333");
  sender.kick();
  await pass(0);
  assert.deepEqual(calls, [["1111"]]);
  answer();
  await pass(0);
  assert.deepEqual(calls, [["1111"], ["2222", "3333"]]);
  answer();
  await running;
  assert.deepEqual(left(), []);
});

test("only a result with its own key removes a scan; the others stay in order", async () => {
  const [one, two, three] = [scan("1111"), scan("2222"), scan("3333")];
  replies = [reply(200, { results: [result(two), { key: "somebody-else", code: "linked" }] }), reply(200, { results: [] })];
  await sender.kick();
  assert.deepEqual(left(), ["1111", "3333"]);
  assert.deepEqual(queue.waiting(), [one, three]);
  assert.equal(sender.why, "unavailable");
});

test("a refusal of the whole call finds the one scan that is to blame", async () => {
  ["1111", "2222", "bad", "3333"].forEach(scan);
  replies = [(entries) => (entries.some((entry) => entry.scan.raw === "bad") ? reply(400) : ok(entries))];
  await sender.kick();
  assert.deepEqual(calls.slice(0, 4), [["1111", "2222", "bad", "3333"], ["1111"], ["2222"], ["bad"]]);
  assert.deepEqual(left(), []);
  assert.deepEqual(queue.attention().map((entry) => entry.scan.raw), ["bad"]);
});

test("key_reused among other results is put aside, not deleted", async () => {
  const [one, two] = [scan("1111"), scan("2222")];
  replies = [reply(200, { results: [result(one, "key_reused"), result(two)] })];
  await sender.kick();
  assert.deepEqual(left(), []);
  assert.deepEqual(queue.attention().map((entry) => entry.scan.raw), ["1111"]);
  assert.deepEqual(told, ["well", "1111 aside", "well", "2222: linked"]);
});

test("the waits grow to a minute and no further, and end with the first answer", async () => {
  scan("1111");
  replies = [null];
  const waits = [];
  await sender.kick();
  for (const expected of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const before = calls.length;
    await pass(expected * 1000 - 1);
    assert.equal(calls.length, before, `too early at ${expected} s`);
    await pass(2);
    assert.equal(calls.length, before + 1, `too late at ${expected} s`);
    waits.push(expected);
  }
  replies = [ok];
  await pass(60_001);
  assert.deepEqual(left(), []);
  scan("2222");
  await sender.kick();
  assert.deepEqual(left(), []);
});

test("a new scan does not cut a wait short, the network's return does", async () => {
  scan("1111");
  replies = [null];
  await sender.kick();
  scan("2222");
  await sender.kick();
  assert.equal(calls.length, 1);
  replies = [ok];
  await sender.wake();
  assert.deepEqual(left(), []);
});

test("Retry-After is kept, also when the network seems to return", async () => {
  scan("1111");
  replies = [reply(429, null, 7), ok];
  await sender.kick();
  await pass(6900);
  await sender.wake();
  assert.equal(calls.length, 1);
  await pass(200);
  assert.equal(calls.length, 2);
  assert.deepEqual(left(), []);
});

test("the jitter stays between half the wait and the whole", async () => {
  sender.random = () => 0;
  scan("1111");
  replies = [null];
  await sender.kick();
  await pass(499);
  assert.equal(calls.length, 1);
  await pass(3);
  assert.equal(calls.length, 2);
});

test("scans read while nothing gets through count as made offline; a busy server does not make them so", async () => {
  scan("1111");
  for (const [answer, late] of [[null, true], [reply(401), true], [reply(503), true], [reply(429), false], [ok, false]]) {
    replies = [answer];
    await pass(60_001);
    await sender.kick();
    assert.equal(sender.isLate, late, sender.why);
  }
});

test("the call waits for the lock that keeps other tabs out, and looks at the queue only then", async () => {
  let free;
  sender.lock = async (work) => {
    await new Promise((resolve) => (free = resolve));
    await work();
  };
  replies = [ok];
  const entry = scan("1111");
  scan("2222");
  const running = sender.kick();
  queue.remove(entry); // the other tab has sent it meanwhile
  free();
  await running;
  assert.deepEqual(calls, [["2222"]]);
});

test("a full storage cannot put a scan aside: it stays in the queue", async () => {
  scan("1111");
  queue.storage.room = 0;
  replies = [reply(400)];
  await sender.kick();
  assert.deepEqual(left(), ["1111"]);
});
