// How an entry of the queue is written into the storage: ten thousand must fit into 5 MB, where a character takes two bytes.
// Only what differs from a usual scan is written; order and key stand in the name.

const ENTRY = "tt.queue.";
const USUAL = { mode: "pack", parent: null, bill: null, source: "wedge", offline: false };

export const keyOf = (entry) => (entry.scan ?? entry.undo).key;
export const nameOf = (entry) => `${ENTRY}${entry.order}.${keyOf(entry)}`;
export const isName = (name) => name?.startsWith(ENTRY) ?? false;

export function toText({ order, scan, undo, ...rest }) {
  const { key, captured_at, ...content } = scan ?? undo;
  if (captured_at) content.at = Date.parse(captured_at);
  const unusual = Object.entries(content).filter(([name, value]) => USUAL[name] !== value);
  return JSON.stringify({ ...rest, [scan ? "scan" : "undo"]: Object.fromEntries(unusual) });
}

/** -> the entry; null if the text is not one: it then stays where it is. */
export function fromText(name, text) {
  try {
    const [order, key] = name.slice(ENTRY.length).split(".");
    const { scan, undo, ...rest } = JSON.parse(text);
    return { order: Number(order), ...rest, ...(scan ? { scan: scanOf(key, scan) } : { undo: { key, ...undo } }) };
  } catch {
    return null;
  }
}

function scanOf(key, { at, ...content }) {
  return { key, captured_at: new Date(at).toISOString(), ...USUAL, ...content };
}
