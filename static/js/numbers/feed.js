// Asks for the numbers every five seconds while somebody can see them. What has not changed is not sent again.

const EVERY_MS = 5000;
const TIMEOUT_MS = 4000;

/** Calls `draw(numbers)` with each change, and after each try `tell(why, date)`: why the numbers stand still
 * ("signed_out", "unreachable"), or null and the server's time. */
export function follow(address, { headers = {}, draw, tell }) {
  let tag = "";

  async function ask() {
    if (document.hidden) return;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const had = tag ? { "If-None-Match": tag } : {};
      const response = await fetch(address, { headers: { ...headers, ...had }, redirect: "manual", signal: abort.signal });
      const isChanged = response.status !== 304;
      if (isChanged && !response.ok) return tell([401, 403, 404].includes(response.status) ? "signed_out" : "unreachable");
      if (isChanged) draw(await response.json());
      tag = response.headers.get("ETag") ?? "";
      tell(null, response.headers.get("Date"));
    } catch {
      tell("unreachable");
    } finally {
      clearTimeout(timer);
    }
  }

  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
}
