import assert from "node:assert/strict";
import { test } from "node:test";
import { inLines } from "../../static/js/in-lines.js";

test("a label is broken between its words", () => {
  assert.equal(inLines("Closed for more than 48 hours, not billed", 12), "Closed for\nmore than 48\nhours, not\nbilled");
  assert.equal(inLines("Open conflicts", 14), "Open conflicts");
});

test("a word that has no room is told", () => {
  assert.equal(inLines("Open conflicts", 8), null);
});
