// Who packs on this screen. The page that the server made says so, and the device keeps it for the page that opens
// without a connection, until somebody signs out.

const NAME = "tt.operator";
const SHOWN = /^tt\.(sack|rows)\./; // what a tab shows of a person's work

/** -> {id, name, products: [{name, prefix, digits, limit}]}, or null when nobody is signed in on this device. */
export function operatorOf(page, storage) {
  const { user, name } = page.body.dataset;
  if (!user) return ownPage(page, knownOperator(storage));
  const operator = { id: user, name, products: JSON.parse(page.querySelector("#products").textContent) };
  try {
    storage.setItem(NAME, JSON.stringify(operator));
  } catch {
    // Without room the page still works; it does not open offline.
  }
  return operator;
}

// The shell is from now on this person's page: a new token is taken from no other's.
function ownPage(page, operator) {
  page.body.dataset.user = operator?.id ?? "";
  return operator;
}

/** Who packed on this device last and has not signed out; shape as above, or null. */
export const knownOperator = (storage) => JSON.parse(storage.getItem(NAME) ?? "null");

/** Nobody packs here now. Unsent scans stay: they are not part of it. */
export function forgetOperator(device, tab) {
  device.removeItem(NAME);
  const names = Array.from({ length: tab.length }, (_, index) => tab.key(index));
  for (const name of names) if (SHOWN.test(name)) tab.removeItem(name);
}
