import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Glued } from "../../static/js/scan/glued.js";
import { MemoryStorage } from "./storage.mjs";

const PRODUCTS = [
  { name: "mustard", prefix: "SB", digits: 5 },
  { name: "moong", prefix: "M444-", digits: 5 },
];
const LABEL = "LABEL NO.1200002 LOT NO.:MST-24-118";

let storage;
let glued;
beforeEach(() => {
  storage = new MemoryStorage();
  glued = new Glued(storage, PRODUCTS);
});

test("codes of lengths that are known are taken", () => {
  for (const code of ["1200000", "1200001", "AB12", "1200002"]) assert.equal(glued.suspects(code), false, code);
});

test("two packets of one roll in one are asked for again, also as the very first", () => {
  assert.equal(glued.suspects("12000001200001"), true);
});

test("two packets of known lengths in one are asked for again", () => {
  glued.suspects("1200000");
  glued.suspects("AB12");
  assert.equal(glued.suspects("1200000AB12"), true);
  assert.equal(glued.suspects("98765431234567"), true);
});

test("a packet and a sack in one", () => {
  assert.equal(glued.suspects("1200000SB00860"), true);
  assert.equal(glued.suspects(`${LABEL}SB00860`), true);
  assert.equal(glued.suspects(`${LABEL}M444-00030`), true);
});

test("a label and a packet in one", () => {
  glued.suspects(LABEL);
  glued.suspects("1200003");
  assert.equal(glued.suspects(`${LABEL}1200003`), true);
});

test("the same text again counts, and its length is known from then on, after a reload too", () => {
  glued.suspects("1200000");
  assert.equal(glued.suspects("12345678901234"), true);
  assert.equal(glued.suspects("12345678901234"), false);
  assert.equal(glued.suspects("99999999901234"), false);
  assert.equal(new Glued(storage, PRODUCTS).suspects("88888888801234"), false);
});

test("another scan in between asks anew", () => {
  glued.suspects("1200000");
  assert.equal(glued.suspects("12345678901234"), true);
  glued.suspects("1200001");
  assert.equal(glued.suspects("12345678901234"), true);
});

test("sacks, commands and what is unreadable anyway are not asked for", () => {
  for (const raw of ["SB00860", "SB00860SB00861", "TT-DONE", "TT-DONE1200000", "1200000M444-00030"]) {
    assert.equal(glued.suspects(raw), false, raw);
  }
});

test("without room it still works until the page is closed", () => {
  storage.room = 0;
  assert.equal(glued.suspects("12000001200001"), true);
  assert.equal(glued.suspects("12000001200001"), false);
});
