import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { clean } from "../../static/js/scan/codes.js";
import { commandOf } from "../../static/js/scan/commands.js";
import { Layout } from "../../static/js/scan/layout.js";
import { LOST, withoutControls, written } from "../../static/js/scan/strokes.js";
import { strokes } from "./keys.mjs";

const PRODUCTS = [
  { name: "mustard", prefix: "SB", digits: 5 },
  { name: "moong", prefix: "M444-", digits: 5 },
];
const meaning = (text) => {
  const { kind, code, lot } = clean(text, PRODUCTS);
  return kind ? `${code} ${lot}` : commandOf(text);
};
const LABEL = "LABEL NO.0012345 LOT NO.:MST-24-118, D.O.T.:03/11/2025";

let layout;
beforeEach(() => (layout = new Layout({ meaning })));

test("where keyboard and scanner fit, what arrives is what is read", () => {
  for (const text of ["SB00860", "M444-00030", LABEL, "TT-DONE", "anything else!"]) {
    assert.deepEqual(layout.read(strokes(text)), { text, repairs: [] });
  }
});

for (const name of ["azerty", "qwertz", "hindi"]) {
  test(`${name}: what no code can be is read by the physical keys`, () => {
    for (const text of ["M444-00030", LABEL, "TT-DONE"]) {
      const found = new Layout({ meaning }).read(strokes(text, name));
      assert.deepEqual(found, { text, repairs: ["layout"] }, text);
    }
  });
}

test("two different codes are a doubt: nobody guesses", () => {
  assert.deepEqual(layout.read(strokes("ABCY1234")), { text: "ABCY1234", repairs: [] });
  assert.equal(layout.read(strokes("ABCY1234", "qwertz")), null);
});

test("a code that proved the layout settles later doubts", () => {
  layout.read(strokes("M444-00030", "qwertz"));
  assert.deepEqual(layout.read(strokes("ABCY1234", "qwertz")), { text: "ABCY1234", repairs: ["layout"] });
});

test("the scanner check settles them too, to either side", () => {
  const read = (right) => new Layout({ meaning, profile: { right } }).read(strokes("ABCY1234", "qwertz"));
  assert.deepEqual(read("physical"), { text: "ABCY1234", repairs: ["layout"] });
  assert.deepEqual(read("delivered"), { text: "ABCZ1234", repairs: [] });
});

test("a scanner that is set to the keyboard's own layout is left alone", () => {
  const german = strokes("M444/00030", "qwertz"); // what a German scanner presses for M444-00030
  assert.deepEqual(layout.read(german), { text: "M444-00030", repairs: [] });
});

test("what is unreadable either way goes as it came", () => {
  assert.deepEqual(layout.read(strokes("SB123:", "qwertz")), { text: "SB123Ö", repairs: [] });
});

test("Caps Lock alone: the letters as printed", () => {
  for (const text of ["SB00860", "Label No.0012345", "abcd"]) {
    assert.deepEqual(layout.read(strokes(text, "us", { caps: true })), { text, repairs: ["caps_lock"] });
  }
  assert.deepEqual(layout.read(strokes("1234567", "us", { caps: true })), { text: "1234567", repairs: [] });
});

test("Caps Lock and another layout together", () => {
  const found = layout.read(strokes("M444-00030", "qwertz", { caps: true }));
  assert.deepEqual(found, { text: "M444-00030", repairs: ["caps_lock", "layout"] });
});

test("a scanner that allows for Caps Lock is left alone, once the check has seen it", () => {
  const swapping = strokes("sb00860", "us", { caps: true }); // for SB00860
  const known = new Layout({ meaning, profile: { right: "physical", caps: "swapped" } });
  assert.deepEqual(known.read(swapping), { text: "SB00860", repairs: [] });
});

test("a dead key or a number pad that is switched off lost a character: only the physical keys tell", () => {
  const dead = [...strokes("123456"), { key: "", physical: "7", caps: false }];
  assert.deepEqual(layout.read(dead), { text: "1234567", repairs: ["layout"] });
});

test("a lost key that nobody can tell is never left out", () => {
  assert.equal(layout.read([...strokes("123456"), LOST]), null);
  assert.equal(layout.read([LOST, ...strokes("123456", "hindi")]), null);
});

test("text without keys, from an input method, goes as it came", () => {
  assert.deepEqual(layout.read([..."sb00860"].map(written)), { text: "sb00860", repairs: [] });
});

test("control characters around a code are dropped, inside they stay", () => {
  const text = (list) => withoutControls(list).map(({ key }) => key).join("");
  const group = written("\x1d");
  assert.equal(text([group, ...strokes("1234567"), written("\x1e"), written("\x04")]), "1234567");
  assert.equal(text([...strokes("12"), group, ...strokes("34567")]), "12\x1d34567");
  assert.deepEqual(withoutControls([group, group]), []);
});
