import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Turn } from "../../static/js/scan/turn.js";

let locks;
let tabs;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [locks, tabs] = [new Locks(), []];
});

/** Like navigator.locks, for one name. */
class Locks {
  waiting = [];
  held = false;

  request(name, work) {
    this.waiting.push(work);
    queueMicrotask(() => this.next());
  }

  async next() {
    if (this.held || this.waiting.length === 0) return;
    this.held = true;
    await this.waiting.shift()({ name: "tt.turn" });
    this.held = false;
    this.next();
  }
}

/** A tab that sees nothing of the others but what comes over the channel, a little late. */
function openTab() {
  const tab = { number: 0, given: [], hear: () => {} };
  const channel = {
    addEventListener: (_, hear) => (tab.hear = hear),
    postMessage(data) {
      for (const other of tabs) if (other !== tab) queueMicrotask(() => queueMicrotask(() => other.hear({ data })));
    },
  };
  const numbers = { lastNumber: () => tab.number, numbered: (seq) => (tab.number = Math.max(tab.number, seq)) };
  tab.turn = new Turn({ locks, channel, numbers });
  tab.scan = () => tab.turn.run(() => tab.given.push((tab.number += 1)));
  tabs.push(tab);
  return tab;
}

async function settle() {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
}

test("a tab that is alone numbers at once", async () => {
  const tab = openTab();
  await settle();
  tab.scan();
  tab.scan();
  assert.deepEqual(tab.given, [1, 2]);
});

test("two tabs that scan in turn never give the same number, though neither sees the other's storage", async () => {
  const [one, two] = [openTab(), openTab()];
  await settle();
  for (let round = 0; round < 5; round += 1) {
    one.scan();
    one.scan();
    two.scan();
    two.scan();
    await settle();
  }
  assert.deepEqual([...one.given, ...two.given].sort((a, b) => a - b), Array.from({ length: 20 }, (_, index) => index + 1));
});

test("three tabs, one after the other", async () => {
  const three = [openTab(), openTab(), openTab()];
  await settle();
  for (const tab of [three[2], three[0], three[1], three[2]]) {
    tab.scan();
    await settle();
  }
  assert.deepEqual(three.map((tab) => tab.given), [[2], [3], [1, 4]]);
});

test("a tab that does not answer holds no scan up for longer than half a second", async () => {
  const [one, two] = [openTab(), openTab()];
  await settle();
  one.hear = () => {};
  two.scan();
  await settle();
  mock.timers.tick(499);
  assert.deepEqual(two.given, []);
  mock.timers.tick(2);
  assert.deepEqual(two.given, [1]);
});
