// Calls to the server. Every call ends: with a reply, or with null when no whole answer came in time.

import { renew, token } from "./token.js";

const TIMEOUT_MS = 15_000;

/** Send entries of the queue: scans together, or one undo; beat: as beat.js makes it. -> {status, body, retryAfter, why?} or null */
export async function send(entries, device, beat) {
  const [path, body] = entries[0].undo
    ? ["/api/unlink_child", { device, ...entries[0].undo }]
    : ["/api/v1/scans", { device, clock: new Date().toISOString(), beat, scans: entries.map((entry) => entry.scan) }];
  const reply = await post(path, body);
  if (reply?.status !== 403) return reply;
  const why = await renew();
  return why === "renewed" ? post(path, body) : { ...reply, why };
}

/** Nothing to send, but the device is well. -> {status, body} or null */
export const sendBeat = (device, beat) => post("/api/v1/beat", { device, clock: new Date().toISOString(), beat });

/** The bag as the server knows it now. -> {status, body} or null */
export const bag = (code) => look(`/api/v1/bags/${encodeURIComponent(code)}`);

/** A bill or a return as the server knows it now: path as in `/api/v1/bills/B-1`. -> {status, body} or null */
export const look = (path) => call(path, {});

/** A change that is not a scan and needs the server now. -> {status, body} or null */
export async function change(path, body) {
  const reply = await post(path, body);
  return reply?.status === 403 && (await renew()) === "renewed" ? post(path, body) : reply;
}

const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });

async function call(path, options) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    // A redirect would end at the sign-in page and look like success.
    const response = await fetch(path, { ...options, redirect: "manual", cache: "no-store", signal: abort.signal });
    const retryAfter = seconds(response.headers.get("Retry-After"));
    return { status: response.status, body: parse(await response.text()), retryAfter };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function seconds(header) {
  if (!header) return null;
  const wait = Number.isNaN(Number(header)) ? (Date.parse(header) - Date.now()) / 1000 : Number(header);
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}
