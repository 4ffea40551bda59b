// Has the browser keep this page for times without a connection, and says when a newer version waits for the next start.

const HOUR_MS = 3_600_000;

/** worker: address of the service worker; version: this page's; waits(): called when another version is ready. */
export async function install({ worker, version, waits }) {
  const container = navigator.serviceWorker;
  if (!container) return;
  container.addEventListener("message", ({ data }) => data === "waiting" && waits());
  container.startMessages();
  try {
    const registration = await container.register(worker, { updateViaCache: "none" });
    const ask = () => registration.waiting?.postMessage(version);
    registration.addEventListener("updatefound", () => registration.installing.addEventListener("statechange", ask));
    ask();
    setInterval(() => registration.update().catch(() => {}), HOUR_MS);
  } catch {
    // The page works; it does not open offline.
  }
}
