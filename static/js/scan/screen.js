import { uuid } from "./uuid.js";

const NAME = "tt.screen";

/** This tab's own id, the same after a reload: answers to its scans are shown here and in no other tab. */
export function screenId(tab) {
  const id = tab.getItem(NAME) ?? uuid();
  try {
    tab.setItem(NAME, id);
  } catch {
    // Scans cannot be stored either then, and are refused aloud.
  }
  return id;
}
