// What the tabs of one device settle between them. Each sends its own scans, one call at a time for the whole device,
// because a tab sees late what another one took out of the storage; it also sends what tabs that are gone left behind.

import { goneScreens, holdScreen } from "./screen.js";
import { Turn } from "./turn.js";

/** -> {inTurn(work), alone(work)}: numbers scans; runs work while no other tab sends. */
export function settleTabs({ queue, tab, locks = navigator.locks }) {
  if (!locks || !("BroadcastChannel" in window)) {
    const alone = (work) => {
      queue.adopt(() => true); // a browser that cannot tell which tabs live
      return work();
    };
    return { inTurn: (work) => work(), alone };
  }
  const turn = new Turn({ locks, channel: new BroadcastChannel("tt.turn"), numbers: queue });
  const held = holdScreen(tab, locks).then((id) => (queue.screen = id));
  const send = async (work) => {
    queue.adopt(await goneScreens(locks));
    await work();
  };
  const alone = async (work) => {
    await held;
    await locks.request("tt.sender", () => send(work));
  };
  return { inTurn: (work) => turn.run(work), alone };
}
