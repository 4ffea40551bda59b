import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { commandOf, obeying } from "../../static/js/scan/commands.js";
import { Repeats } from "../../static/js/scan/repeats.js";

let done;
let desk;
let take;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_764_000_000_000 });
  done = [];
  desk = {
    repeats: new Repeats(),
    commands: {
      "TT-DONE": (read) => {
        desk.repeats.forget();
        done.push(["done", read]);
      },
    },
    take: (raw, source, repairs) => done.push(["take", raw, source, repairs]),
    refuse: (why) => done.push(["refuse", why]),
    isRepeat(code) {
      const held = this.repeats.holds(code, Date.now());
      if (held) done.push(["held", code]);
      return held;
    },
  };
  take = obeying(desk, (open) => open && done.push(["help"]));
});

test("a command is known whatever its wrapping", () => {
  assert.equal(commandOf("]Q1tt-done\r"), "TT-DONE");
  for (const raw of ["TTDONE", "1200000", "SB00860", "XTT-DONE"]) assert.equal(commandOf(raw), null, raw);
});

test("a command is obeyed, all else goes to the desk", () => {
  take("tt-done", "wedge", ["caps_lock"]);
  take("1200000", "wedge");
  assert.deepEqual(done, [
    ["done", { raw: "TT-DONE", source: "wedge", repairs: ["caps_lock"] }],
    ["take", "1200000", "wedge", []],
  ]);
});

test("a command that nobody knows is refused, whatever objects have by birth", () => {
  take("TT-NONE", "wedge");
  desk.repeats.forget();
  take("TT-CONSTRUCTOR", "wedge");
  assert.deepEqual(done, [["refuse", "no_command"], ["refuse", "no_command"]]);
});

test("the same command within 1.5 s is held back, though it made the desk forget", () => {
  take("TT-DONE", "wedge");
  mock.timers.tick(1499);
  take("TT-DONE", "wedge");
  mock.timers.tick(1);
  take("TT-DONE", "wedge");
  assert.deepEqual(done.map(([what]) => what), ["done", "held", "done"]);
});

test("help opens, and the next scan closes it", () => {
  const seen = [];
  take = obeying(desk, (open) => seen.push(open));
  take("TT-HELP", "wedge");
  take("1200000", "wedge");
  assert.deepEqual(seen, [false, true, false]);
});
