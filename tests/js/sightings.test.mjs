import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Sightings } from "../../static/js/scan/sightings.js";

let sightings;
beforeEach(() => (sightings = new Sightings()));
const states = (...pictures) => pictures.map(([at, ...texts]) => sightings.see(texts, at).state);

test("a code counts once for as long as it stays in view", () => {
  assert.deepEqual(sightings.see(["A"], 0), { state: "read", text: "A" });
  assert.deepEqual(states([150, "A"], [900, "A"], [1700, "A"]), ["still", "still", "still"]);
});

test("a picture or two in which it was not found are no leaving", () => {
  assert.deepEqual(states([0, "A"], [150], [300], [1000, "A"]), ["read", "none", "none", "still"]);
});

test("when it has left for more than a second it counts anew", () => {
  assert.deepEqual(states([0, "A"], [150], [1001, "A"]), ["read", "none", "read"]);
});

test("another code counts at once", () => {
  assert.deepEqual(states([0, "A"], [150, "B"], [300, "A"], [450, "B"]), ["read", "read", "still", "still"]);
});

test("of several in view none counts, until one is alone", () => {
  assert.deepEqual(states([0, "A", "B"], [150, "A", "B"], [300, "A"], [450, "A", "B"]), ["many", "many", "read", "many"]);
  assert.equal(sightings.see(["B"], 600).text, "B");
});
