// Raw text from a scanner -> what kind of code it is. The server's bags/scanning/codes.py does the same; both are tested
// by one table of cases. Nothing is guessed: whatever is not exactly a parent code, a child code or a printed label
// is unreadable.

const LONGEST = 256;
const AROUND = /^[ \t\r\n]+|[ \t\r\n]+$/g;
const SYMBOLOGY = /^\][A-Za-z][0-9A-Za-z]/;
const CHILD = /^[A-Z0-9]{4,20}$/;
const LABEL_START = /^LABEL *NO/;
const LABEL = new RegExp(
  "^LABEL *NO[ .:]*(?<number>[0-9]{4,20})" +
    "(?:[ ,]*LOT *NO[ .:]*(?<lot>[A-Z0-9](?:[A-Z0-9/_.-]{0,62}?[A-Z0-9])?))?" +
    "(?:[ ,]*D\\.? ?O\\.? ?T\\b(?!.*LABEL)[\\x20-\\x7e]*)?[ ,]*$",
);

const UNREADABLE = Object.freeze({ kind: null, code: null, product: null, lot: null });

/** raw: text as read; products: [{name, prefix, digits}]. -> {kind: "parent" | "child" | null, code, product, lot} */
export function clean(raw, products) {
  const text = cleaned(raw);
  if (text.length > LONGEST) return UNREADABLE;
  const product = products.find(({ prefix }) => text.startsWith(prefix));
  if (product) return parent(text, product);
  if (LABEL_START.test(text)) return label(text);
  return CHILD.test(text) ? { kind: "child", code: text, product: null, lot: null } : UNREADABLE;
}

/** Without the scanner's keys, symbology identifier and blanks around it, in upper case. */
export const cleaned = (raw) => upper(trim(trim(raw).replace(SYMBOLOGY, "")));

// Whatever begins with a product's prefix is that product's parent or a cut or glued scan, never a child.
function parent(text, { name, prefix, digits }) {
  const number = text.slice(prefix.length);
  if (number.length !== digits || !/^[0-9]+$/.test(number)) return UNREADABLE;
  return { kind: "parent", code: text, product: name, lot: null };
}

function label(text) {
  const found = LABEL.exec(text)?.groups;
  return found ? { kind: "child", code: found.number, product: null, lot: found.lot ?? null } : UNREADABLE;
}

// String.trim() would also drop a BOM and no-break spaces, and toUpperCase() turns "ß" into "SS": both hide a bad read.
const trim = (text) => text.replace(AROUND, "");
const upper = (text) => text.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 32));
