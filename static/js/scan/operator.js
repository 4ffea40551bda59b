// Who packs on this screen. The page that the server made says so, and the device keeps it for the page that opens
// without a connection, until somebody signs out.

const NAME = "tt.operator";

/** -> {id, name, products: [{name, prefix, digits, limit}]}, or null when nobody is signed in on this device. */
export function operatorOf(page, storage) {
  const { user, name } = page.body.dataset;
  if (!user) return JSON.parse(storage.getItem(NAME) ?? "null");
  const operator = { id: user, name, products: JSON.parse(page.querySelector("#products").textContent) };
  try {
    storage.setItem(NAME, JSON.stringify(operator));
  } catch {
    // Without room the page still works; it does not open offline.
  }
  return operator;
}

/** Nobody packs here now. Unsent scans stay: they are not part of it. */
export const forgetOperator = (storage) => storage.removeItem(NAME);
