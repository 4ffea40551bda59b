// What the scanner check has learned of this device's scanner.
// {suffix: "Enter" | "Tab" | "LineFeed" | "none", gap: ms from key to key, right: "physical" | "delivered" | null,
// caps: "swapped" | null}; right and caps: see layout.js. All are missing until the check was done.

import { FAST_MS, SLOW_MS } from "./wedge.js";

const NAME = "tt.scanner";

export function readProfile(storage) {
  return JSON.parse(storage.getItem(NAME) ?? "{}");
}

/** Throws when the browser cannot store it. */
export function saveProfile(storage, profile) {
  storage.setItem(NAME, JSON.stringify(profile));
}

/** The profile in the wedge's terms. */
export const wedgeOf = ({ suffix, gap = 0 }) => ({
  hasSuffix: suffix !== undefined && suffix !== "none",
  fast: gap > FAST_MS ? SLOW_MS : FAST_MS,
});
