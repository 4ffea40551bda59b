import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { SILENCE_MS, Wedge } from "../../static/js/scan/wedge.js";

let got;
let wedge;
let now;

beforeEach(() => {
  got = [];
  now = 1000;
  wedge = new Wedge({
    scan: (keys) => got.push(["scan", keys.join("")]),
    typed: (keys) => got.push(["typed", keys.join("")]),
    broken: (keys) => got.push(["broken", keys.join("")]),
  });
});

function type(text, gap) {
  for (const character of text) wedge.key(character, (now += gap));
}

test("a fast code ends with its suffix key", () => {
  type("SB00860", 5);
  assert.equal(wedge.end((now += 5), "Enter"), true);
  assert.deepEqual(got, [["scan", "SB00860"]]);
});

test("a code without suffix ends with the silence behind it", () => {
  type("1234567", 5);
  assert.equal(wedge.settle(), true);
  assert.deepEqual(got, [["scan", "1234567"]]);
});

test("twenty codes with 5 ms between all keys stay twenty codes", () => {
  const codes = Array.from({ length: 20 }, (_, index) => String(1234500 + index));
  for (const code of codes) {
    type(code, 5);
    wedge.end((now += 5), "Enter");
  }
  assert.deepEqual(got, codes.map((code) => ["scan", code]));
});

test("two codes without suffix are not glued, even when the page was too busy to notice the silence", () => {
  type("1234567", 5);
  now += SILENCE_MS + 1;
  type("7654321", 5);
  wedge.end((now += 5), "Enter");
  assert.deepEqual(got, [["scan", "1234567"], ["scan", "7654321"]]);
});

test("a key pressed by chance long before a code does not become part of it", () => {
  type("a", 5);
  now += 5000;
  type("1234567", 5);
  wedge.end((now += 5), "Enter");
  assert.deepEqual(got, [["typed", "a"], ["scan", "1234567"]]);
});

test("a person's speed is typing, whatever the length", () => {
  type("1234567", 90);
  assert.equal(wedge.end((now += 90), "Enter"), false);
  assert.deepEqual(got, [["typed", "1234567"]]);
});

test("fewer keys than any code has are typing", () => {
  type("123", 5);
  assert.equal(wedge.end((now += 5), "Enter"), false);
  assert.deepEqual(got, [["typed", "123"]]);
});

test("a suffix key with nothing before it, or long after, ends no code", () => {
  assert.equal(wedge.end(now, "Enter"), false);
  type("1234567", 5);
  assert.equal(wedge.end((now += SILENCE_MS + 1), "Enter"), false);
  assert.deepEqual(got, [["scan", "1234567"]]);
});

test("blanks and every other character are kept as they come", () => {
  type("LABEL NO.0012345 LOT NO.:MST-24-118", 5);
  wedge.end((now += 5), "Enter");
  assert.deepEqual(got, [["scan", "LABEL NO.0012345 LOT NO.:MST-24-118"]]);
});

test("a code that stalls after its first keys is refused, not taken for a shorter one", () => {
  type("1", 5);
  now += SILENCE_MS;
  type("200012", 5);
  assert.equal(wedge.end((now += 5), "Enter"), true);
  assert.deepEqual(got, [["typed", "1"], ["broken", "200012"]]);
});

test("a code that stalls before its last keys is refused, all of it, and the next one is heard", () => {
  type("1111111", 5);
  wedge.end((now += 5), "Enter");
  for (const rest of ["12", "0012"]) {
    now += 2000;
    got.length = 0;
    type("12000", 5);
    now += SILENCE_MS;
    type(rest, 5);
    assert.equal(wedge.end((now += 5), "Enter"), true);
    type("7654321", 5);
    wedge.end((now += 5), "Enter");
    assert.deepEqual(got, [["broken", "12000"], ["broken", rest], ["scan", "7654321"]]);
  }
});

test("two codes that stall one behind the other are both refused: neither is taken for a shorter one", () => {
  type("1111111", 5);
  wedge.end((now += 5), "Enter");
  for (const part of ["12000", "120000", "12000"]) {
    now += 2000;
    type(part, 5);
    wedge.settle();
  }
  assert.deepEqual(got, [["scan", "1111111"], ["broken", "12000"], ["broken", "120000"], ["broken", "12000"]]);
});

test("a scanner without suffix in place of one with: one code is refused, then it is known", () => {
  type("1111111", 5);
  wedge.end((now += 5), "Enter");
  for (const code of ["2222222", "2222222", "3333333"]) {
    now += 2000;
    type(code, 5);
    wedge.settle();
  }
  assert.deepEqual(got, [["scan", "1111111"], ["broken", "2222222"], ["scan", "2222222"], ["scan", "3333333"]]);
});

test("a scan right behind keys that a person typed is refused; behind what a person sent it is heard", () => {
  type("12", 150);
  now += 400;
  type("1234567", 5);
  wedge.end((now += 5), "Enter");
  assert.deepEqual(got.at(-1), ["broken", "1234567"]);
  type("12", 150);
  wedge.end((now += 90), "Enter");
  type("1234567", 5);
  wedge.end((now += 5), "Enter");
  assert.deepEqual(got.at(-1), ["scan", "1234567"]);
});
