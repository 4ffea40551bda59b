// What the device tells of itself with each call, and every half minute when there is nothing to send.

import { sendBeat } from "./api.js";
import { storageState } from "./persistence.js";

const EVERY_MS = 30_000;

/**
 * -> {unsent, attention, version, storage}; unsent and attention count everybody's entries on this device, without the
 * `sending` that go out with this call.
 */
export function beatOf(queue, version, sending = 0) {
  const all = queue.everyones();
  const attention = all.filter((entry) => entry.trouble).length;
  return { unsent: all.length - attention - sending, attention, version, storage: storageState() };
}

/** contact: when the server was last heard; heard(reply): to be told of each answer. */
export function keepBeating({ queue, version, contact, heard }) {
  setInterval(async () => {
    if (navigator.onLine && Date.now() - contact.at >= EVERY_MS) heard(await sendBeat(queue.device(), beatOf(queue, version)));
  }, EVERY_MS / 3);
}
