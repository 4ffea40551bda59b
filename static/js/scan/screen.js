// This tab's own id, the same after a reload: answers to its scans are shown here and in no other tab.
// A screen holds a lock with its id for as long as it lives, so that others know whose scans are left behind.

import { uuid } from "./uuid.js";

const NAME = "tt.screen";
const LOCK = "tt.screen.";
const RELOAD_MS = 3000; // the page before a reload lets go of its lock within this time

export const screenId = (tab) => tab.getItem(NAME) ?? remember(tab);

/**
 * -> a promise of the id that this screen holds: its own, or a new one when another tab holds that already, because
 * the browser copied it into a second tab together with the tab's storage.
 */
export async function holdScreen(tab, locks) {
  const id = screenId(tab);
  if (await hold(locks, id)) return id;
  const fresh = remember(tab);
  await hold(locks, fresh);
  return fresh;
}

/** -> a promise of the ids of all screens that live; of none where the browser cannot tell. */
export async function liveScreens(locks) {
  const names = locks ? (await locks.query()).held.map(({ name }) => name) : [];
  return new Set(names.filter((name) => name.startsWith(LOCK)).map((name) => name.slice(LOCK.length)));
}

function hold(locks, id) {
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise(() => {}); // for life
    };
    locks.request(LOCK + id, { signal: AbortSignal.timeout(RELOAD_MS) }, held).catch(() => resolve(false));
  });
}

function remember(tab) {
  const id = uuid().slice(0, 8);
  try {
    tab.setItem(NAME, id);
  } catch {
    // Scans cannot be stored either then, and are refused aloud.
  }
  return id;
}
