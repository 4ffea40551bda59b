// What the tabs of one device settle between them. Each sends its own scans, one call at a time for the whole device,
// because a tab sees late what another one took out of the storage; it also sends what tabs that are gone left behind.

import { holdScreen, liveScreens } from "./screen.js";
import { Turn } from "./turn.js";

const LONGEST_MS = 2000; // then the shift begins without the spare copy

/**
 * lost(): as Spare has it; forgot(): called if the browser was killed and had forgotten scans.
 * -> {inTurn(work): for what numbers scans, alone(work): runs work while no other tab sends}
 */
export function settleTabs({ queue, tab, lost, forgot, locks = navigator.locks }) {
  const turn = locks && "BroadcastChannel" in window ? turnOf(queue, locks) : { run: (work) => work() };
  const held = locks ? holdScreen(tab, locks).then((id) => (queue.screen = id)) : null;
  let isReady = false;
  const ready = Promise.race([restored(queue, lost, forgot, locks), pause(LONGEST_MS)]).then(() => (isReady = true));

  async function alone(work) {
    await Promise.all([ready, held]);
    const send = async () => {
      queue.adopt(await liveScreens(locks));
      await work();
    };
    await (locks ? locks.request("tt.sender", send) : send());
  }

  return { alone, inTurn: (work) => (isReady ? turn.run(work) : ready.then(() => turn.run(work))) };
}

const turnOf = (queue, locks) => new Turn({ locks, channel: new BroadcastChannel("tt.turn"), numbers: queue });
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Before the first scan: it needs a number behind those that were forgotten, and its place behind them.
async function restored(queue, lost, forgot, locks) {
  try {
    if (queue.restore(await lost(), await liveScreens(locks))) forgot();
  } catch {
    // No copy, or no room for it in the storage: what the storage has is sent.
  }
}
