import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clean } from "../../static/js/scan/codes.js";

const PRODUCTS = [
  { name: "mustard", prefix: "SB", digits: 5, limit: 30 },
  { name: "moong", prefix: "M444-", digits: 5, limit: 15 },
];
const cases = readFileSync(new URL("../../../shared/data/codes.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

test("the shared table is there", () => assert.ok(cases.length >= 100));

for (const [index, { raw, ...expected }] of cases.entries()) {
  test(`line ${index + 1} of codes.jsonl: ${JSON.stringify(raw).slice(0, 60)}`, () => {
    assert.deepEqual({ ...clean(raw, PRODUCTS) }, expected);
  });
}

test("blanks that only JavaScript would trim make a code unreadable", () => {
  for (const blank of ["\u00a0", "\u2003", "\u2028", "\ufeff", "\v", "\f"]) {
    assert.equal(clean(blank + "1234567", PRODUCTS).kind, null, JSON.stringify(blank));
    assert.equal(clean("1234567" + blank, PRODUCTS).kind, null, JSON.stringify(blank));
  }
});
