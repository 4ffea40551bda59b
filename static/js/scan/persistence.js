// Whether the browser has promised to keep this device's storage when room gets short.

let state = "unknown";
navigator.storage?.persisted?.().then((kept) => {
  if (kept) state = "granted";
});

/** To be called from a touch: some browsers ask the person. */
export async function askToKeep() {
  const kept = await navigator.storage?.persist?.();
  if (kept !== undefined) state = kept ? "granted" : "denied";
}

/** -> "granted", "denied" or "unknown" */
export const storageState = () => state;
