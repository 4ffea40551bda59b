// What an answer to a call means for the scans that were in it. A scan leaves the queue only on a result with its key.

const NOT_UNDERSTOOD = new Set([400, 413, 415, 422]);

/**
 * reply: {status, body, retryAfter} or null when no answer came; body: parsed JSON or null; retryAfter: seconds or null.
 * count: scans in the call. -> {fate, why, wait, results}
 *   settled    results are there: those scans are done
 *   alone      the server took offence at one of many: send each by itself
 *   attention  the server will never take this one: keep it and show it
 *   later      keep all and try again; `wait`: seconds that the server asked for; `why`: what to tell the operator
 */
export function judge(reply, count) {
  if (reply === null) return later("unreachable");
  const results = resultsOf(reply.body);
  if (reply.status === 200 && results) return { fate: "settled", results };
  if (NOT_UNDERSTOOD.has(reply.status)) return { fate: count > 1 ? "alone" : "attention" };
  if (reply.status === 401) return later("signed_out");
  if (reply.status === 403) return later(reply.why ?? "forbidden");
  if (reply.status === 429) return later("busy", reply.retryAfter);
  return later("unavailable", reply.retryAfter);
}

// A call for scans answers with a list, an undo with one result.
function resultsOf(body) {
  if (Array.isArray(body?.results)) return body.results;
  return body?.key ? [body] : null;
}

const later = (why, wait = null) => ({ fate: "later", why, wait });
