import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Countdown } from "../../static/js/countdown.js";

let now;
let timers;
let shown;
let answer;
let countdown;

beforeEach(() => {
  [now, timers, shown] = [0, new Map(), null];
  countdown = new Countdown({
    ask: async () => answer,
    show: (state, time) => (shown = state && `${state} ${time}`.trim()),
    now: () => now,
    later: (work, ms) => (timers.set(work, now + ms), work),
    cancel: (timer) => timers.delete(timer),
  });
});

// Lets time pass, each timer in its turn; what they ask is answered as `answer` says then.
async function pass(seconds) {
  const until = now + seconds * 1000;
  for (;;) {
    const [work, at] = [...timers].sort((a, b) => a[1] - b[1])[0] ?? [null, Infinity];
    if (at > until) break;
    now = at;
    timers.delete(work);
    await work();
    await Promise.resolve();
  }
  now = until;
}

const left = (seconds_left, may_stay = true) => ({ seconds_left, may_stay });

test("nothing is shown, and nothing asked, until two minutes before the end", async () => {
  answer = left(1800);
  await countdown.check();
  answer = "ended"; // would be shown if it were asked
  await pass(1679);
  assert.equal(shown, null);
});

test("then it warns, second by second, and says how it ended", async () => {
  answer = left(1800);
  await countdown.check();
  answer = left(120);
  await pass(1680);
  assert.equal(shown, "ending 2:00");
  answer = left(110);
  await pass(10);
  assert.equal(shown, "ending 1:50");
  answer = "ended";
  await pass(125);
  assert.equal(shown, "ended");
});

test("work in another tab takes the warning away", async () => {
  answer = left(100);
  await countdown.check();
  assert.equal(shown, "ending 1:40");
  answer = left(1800);
  await pass(15);
  assert.equal(shown, null);
});

test("a touch stays", async () => {
  answer = left(60);
  await countdown.check();
  countdown.hear(left(1800));
  await pass(30);
  assert.equal(shown, null);
});

test("near the last end there is no staying", async () => {
  answer = left(90, false);
  await countdown.check();
  assert.equal(shown, "last 1:30");
});

test("without an answer it asks again in a minute", async () => {
  answer = null;
  await countdown.check();
  assert.equal(shown, null);
  answer = left(30);
  await pass(60);
  assert.equal(shown, "ending 0:30");
});

test("signed in again elsewhere: the next look takes the words away", async () => {
  answer = "ended";
  await countdown.check();
  assert.equal(shown, "ended");
  answer = left(1800);
  await countdown.check();
  assert.equal(shown, null);
});

test("an answer that was overtaken is not heard", async () => {
  let slow;
  answer = new Promise((resolve) => (slow = resolve));
  const first = countdown.check();
  answer = left(60);
  await countdown.check();
  slow(left(1800));
  await first;
  assert.equal(shown, "ending 1:00");
});
