import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Sack } from "../../static/js/scan/sack.js";
import { MemoryStorage } from "./storage.mjs";

const MUSTARD = { name: "mustard", prefix: "SB", digits: 5, limit: 30 };
const parent = (qr_id, count, state = "open") => ({ qr_id, product: "mustard", count, limit: 30, state });
const pack = (seq) => ({ mode: "pack", seq });
const opened = (qr_id, count = 0) => ({ code: "parent_opened", severity: "success", parent: parent(qr_id, count) });
const linked = (qr_id, count) => ({ code: "linked", severity: "success", parent: parent(qr_id, count) });
const never = () => false;

let storage;
let sack;

beforeEach(() => {
  storage = new MemoryStorage();
  sack = new Sack(storage, "7");
});

test("a parent code is on the screen at once, as sent, with no count", () => {
  sack.read("SB00001", MUSTARD, 1);
  assert.deepEqual(sack.shown, { code: "SB00001", product: "mustard", limit: 30, count: null, state: "sent", seq: 1 });
});

test("the server's answer opens it with its count", () => {
  sack.read("SB00001", MUSTARD, 1);
  assert.equal(sack.judged(pack(1), opened("SB00001", 13)), false);
  assert.deepEqual([sack.shown.state, sack.shown.count], ["open", 13]);
});

test("a refusal leaves no sack open", () => {
  sack.read("SB00001", MUSTARD, 1);
  assert.equal(sack.judged(pack(1), { code: "parent_full", severity: "block", parent: parent("SB00001", 30, "closed") }), true);
  assert.equal(sack.code, null);
});

test("a conflict leaves no sack open", () => {
  sack.read("SB00001", MUSTARD, 1);
  assert.equal(sack.judged(pack(1), { code: "conflict", severity: "attention", parent: parent("SB00001", 30, "closed") }), true);
  assert.equal(sack.code, null);
});

test("the late refusal of an earlier sack does not touch the one on the screen", () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.read("SB00002", MUSTARD, 2);
  assert.equal(sack.judged(pack(1), { code: "parent_billed", severity: "block", parent: parent("SB00001", 3, "closed") }), false);
  assert.deepEqual([sack.code, sack.shown.state], ["SB00002", "sent"]);
});

test("the late opening of an earlier sack does not bring it back", () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.read("SB00002", MUSTARD, 2);
  sack.judged(pack(1), opened("SB00001", 5));
  assert.deepEqual([sack.code, sack.shown.state, sack.shown.count], ["SB00002", "sent", null]);
});

test("verdicts on packets count only for the sack on the screen", () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.judged(pack(1), opened("SB00001"));
  sack.judged(pack(2), linked("SB00001", 1));
  assert.equal(sack.shown.count, 1);
  sack.judged(pack(3), linked("SB00009", 7));
  assert.deepEqual([sack.code, sack.shown.count], ["SB00001", 1]);
});

test("the last packet closes it; taking it back opens it again", () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.judged(pack(1), opened("SB00001", 29));
  sack.judged(pack(2), { code: "linked_last", severity: "success", parent: parent("SB00001", 30, "closed") });
  assert.deepEqual([sack.shown.state, sack.shown.count], ["closed", 30]);
  sack.judged(null, { code: "undone", severity: "success", parent: parent("SB00001", 29) });
  assert.deepEqual([sack.shown.state, sack.shown.count], ["open", 29]);
});

test("the same sack scanned again keeps its count and is sent until judged anew", () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.judged(pack(1), opened("SB00001", 3));
  sack.read("SB00001", MUSTARD, 3);
  assert.deepEqual([sack.shown.count, sack.shown.state], [3, "sent"]);
  sack.judged(pack(2), linked("SB00001", 4));
  assert.deepEqual([sack.shown.count, sack.shown.state], [4, "sent"]);
  sack.judged(pack(3), opened("SB00001", 4));
  assert.equal(sack.shown.state, "open");
});

test("a parent that only the server knows as one is shown, unless another was scanned since", () => {
  sack.judged(pack(1), opened("NEW-1", 0));
  assert.equal(sack.code, "NEW-1");
  sack.read("SB00002", MUSTARD, 3);
  sack.judged(pack(2), opened("NEW-2", 0));
  assert.equal(sack.code, "SB00002");
});

test("a packet's answer without a parent changes nothing when no sack is open", () => {
  assert.equal(sack.judged(pack(1), { code: "need_parent", severity: "attention", parent: null }), false);
  assert.equal(sack.code, null);
});

test("a sack scan that needs attention leaves no sack open", () => {
  sack.read("SB00001", MUSTARD, 1);
  assert.equal(sack.setAside(pack(2)), false);
  assert.equal(sack.setAside(pack(1)), true);
  assert.equal(sack.code, null);
});

test("after a reload the sack is there, its count only when the server has told it", async () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.judged(pack(1), opened("SB00001", 5));
  const after = new Sack(storage, "7");
  assert.deepEqual([after.code, after.shown.count], ["SB00001", null]);
  await after.refresh(async () => ({ status: 200, body: { ...parent("SB00001", 8), kind: "parent" } }), never);
  assert.deepEqual([after.shown.count, after.shown.state], [8, "open"]);
  assert.equal(new Sack(storage, "8").code, null, "another person starts without a sack");
});

test("a sack that the server does not know goes off the screen; no answer changes nothing", async () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.judged(pack(1), opened("SB00001", 5));
  await sack.refresh(async () => null, never);
  await sack.refresh(async () => ({ status: 401, body: {} }), never);
  assert.equal(sack.shown.count, 5);
  await sack.refresh(async () => ({ status: 404, body: {} }), never);
  assert.equal(sack.code, null);
});

test("an answer that a verdict overtook is dropped", async () => {
  sack.read("SB00001", MUSTARD, 1);
  sack.judged(pack(1), opened("SB00001", 5));
  await sack.refresh(async () => {
    sack.judged(pack(2), linked("SB00001", 6));
    return { status: 200, body: { ...parent("SB00001", 5), kind: "parent" } };
  }, never);
  assert.equal(sack.shown.count, 6);
});

test("nothing is asked while the sack's own scan has no verdict yet", async () => {
  sack.read("SB00001", MUSTARD, 4);
  await sack.refresh(() => assert.fail("asked"), (seq) => seq === 4);
  assert.equal(sack.shown.state, "sent");
});
