import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Check } from "../../static/js/scan/check.js";
import { written } from "../../static/js/scan/strokes.js";
import { strokes } from "./keys.mjs";

const CODES = ["TT-CHECK-1-AQWZYM-0123456789", "TT-CHECK-2-aqwzym-ABCDEFGHIJ", "TT-CHECK-3-Mixed/Case.,:-kLNopRsTuVx"];

let check;
let now;
beforeEach(() => {
  check = new Check(CODES);
  now = 0;
});

// All three, `gap` ms from key to key, two seconds apart.
function scanAll({ layout, caps, gap = 4, suffix = "Enter", map = (list) => list } = {}) {
  return CODES.map((code) => {
    now += 2000;
    return check.hear(timed(map(strokes(code, layout, { caps })), gap), suffix);
  });
}

const timed = (list, gap = 4) => list.map((stroke) => ({ ...stroke, at: (now += gap) }));
const words = () => Object.fromEntries(check.findings().map(({ about, state, word }) => [about, `${state} ${word}`]));

test("a scanner that fits", () => {
  assert.deepEqual(scanAll(), ["read", "read", "read"]);
  assert.equal(check.next, -1);
  assert.deepEqual(words(), {
    suffix: "good suffix_Enter",
    speed: "good speed_good",
    layout: "good layout_same",
    caps: "good caps_off",
    double: "good double_none",
  });
  assert.deepEqual(check.profile, { suffix: "Enter", gap: 4, right: "physical", caps: null });
});

test("the codes may come in any order, and the next one is always one that was not read", () => {
  assert.equal(check.next, 0);
  check.hear(timed(strokes(CODES[0])), "Enter");
  assert.equal(check.next, 1);
  check.hear(timed(strokes(CODES[2])), "Enter");
  assert.equal(check.next, 1);
});

for (const layout of ["azerty", "qwertz", "hindi"]) {
  test(`a computer set to ${layout}, a scanner that is not`, () => {
    assert.deepEqual(scanAll({ layout }), ["read", "read", "read"]);
    assert.equal(words().layout, "look layout_repaired");
    assert.equal(check.profile.right, "physical");
  });
}

test("a scanner that is set to the computer's layout", () => {
  // It presses the keys that write, in that layout, what is printed: the physical ones tell something else.
  const fitting = (list) => list.map((stroke) => (stroke.key === "-" ? { ...stroke, physical: "/" } : stroke));
  scanAll({ map: fitting });
  assert.equal(words().layout, "good layout_fits");
  assert.equal(check.profile.right, "delivered");
});

test("Caps Lock on, and a scanner that allows for it", () => {
  scanAll({ caps: true });
  assert.equal(words().caps, "look caps_on");
  assert.equal(check.profile.caps, null);
  check = new Check(CODES);
  const swapping = (list) => list.map((stroke) => ({ ...stroke, key: stroke.physical, physical: stroke.key }));
  scanAll({ caps: true, map: swapping });
  assert.equal(words().caps, "good caps_swapped");
  assert.equal(check.profile.caps, "swapped");
});

test("a scanner that writes everything in capitals does no harm", () => {
  const upper = (list) => list.map((stroke) => ({ ...stroke, key: stroke.key.toUpperCase(), physical: stroke.physical.toUpperCase() }));
  scanAll({ map: upper });
  assert.equal(words().caps, "good caps_changed");
});

test("ends: Tab, a line feed, nothing, now one now the other", () => {
  const expected = { Tab: "good suffix_Tab", LineFeed: "good suffix_LineFeed", none: "look suffix_none" };
  for (const [suffix, word] of Object.entries(expected)) {
    check = new Check(CODES);
    scanAll({ suffix: suffix === "none" ? null : suffix });
    assert.deepEqual([words().suffix, check.profile.suffix], [word, suffix]);
  }
  check = new Check(CODES);
  scanAll();
  check = new Check(CODES);
  check.hear(timed(strokes(CODES[0])), null);
  for (const code of CODES.slice(1)) check.hear(timed(strokes(code)), "Enter");
  assert.deepEqual([words().suffix, check.profile.suffix], ["bad suffix_mixed", "none"]);
});

test("speed", () => {
  for (const [gap, word] of [[35, "good speed_good"], [36, "look speed_slow"], [60, "look speed_slow"], [61, "bad speed_bad"]]) {
    check = new Check(CODES);
    scanAll({ gap });
    assert.deepEqual([words().speed, check.profile.gap], [word, gap]);
  }
});

test("a double trigger is seen, also behind the last code; the same code later is none", () => {
  scanAll();
  now += 500;
  assert.equal(check.hear(timed(strokes(CODES[2])), "Enter"), "double");
  assert.equal(words().double, "look double_seen");
  now += 2000;
  assert.equal(check.hear(timed(strokes(CODES[2])), "Enter"), "again");
  assert.equal(check.findings().find(({ about }) => about === "double").values.n, 1);
});

test("what a scanner adds around the code", () => {
  scanAll({ map: (list) => [...strokes("]Q1"), ...list] });
  assert.equal(words().extra, undefined);
  check = new Check(CODES);
  scanAll({ map: (list) => [...strokes("X9"), ...list] });
  assert.equal(words().extra, "bad extra");
  assert.equal(check.findings().find(({ about }) => about === "extra").values.text, "X9 … ");
});

test("none of the codes: a scanner set to another country, or one that loses keys", () => {
  const german = (list) => list.map((stroke) => (stroke.key === "-" ? { ...stroke, key: "/", physical: "/" } : stroke));
  assert.deepEqual(scanAll({ map: german }), ["other", "other", "other"]);
  assert.equal(check.hear(timed(strokes(CODES[0].slice(0, -1))), "Enter"), "other");
  assert.equal(check.next, 0);
});

test("a phone that hides its keys: the text is all there is", () => {
  for (const code of CODES) check.hear(timed([...code].map(written)), "Enter");
  assert.equal(words().layout, "good layout_hidden");
  assert.deepEqual([check.next, check.profile.right], [-1, null]);
});

test("codes in pieces are counted", () => {
  check.broken();
  check.broken();
  scanAll();
  assert.deepEqual(check.findings().at(-1), { about: "pieces", state: "bad", word: "pieces", values: { n: 2 } });
});
