// Says what has not reached the server, why, and that it is safe.

import { setIcon } from "../icons.js";
import { word } from "../words.js";

const chip = document.querySelector("#unsent");
const contact = document.querySelector("#contact");
const bar = document.querySelector("#trouble");
const signIn = document.querySelector("#sign-in");
const aside = document.querySelector("#aside");
const asideList = document.querySelector("#aside-list");
const others = document.querySelector("#others");

/** operator: {id, name}; why: as the sender tells it, or null; unsent: the operator's; all: everybody's entries. */
export function drawStatus({ operator, why, unsent, all }) {
  const trouble = operator.id ? (why ?? (navigator.onLine ? null : "unreachable")) : "nobody";
  chip.dataset.state = trouble ? "trouble" : unsent > 0 ? "unsent" : "sent";
  setIcon(chip.querySelector("svg"), trouble ? "cloud-off" : unsent > 0 ? "clock" : "check");
  chip.querySelector("span").textContent = unsent > 0 ? word("unsent", { n: unsent }) : word(trouble ? "offline" : "all_sent");
  chip.hidden = trouble === "nobody";
  bar.hidden = !trouble;
  bar.querySelector("span").textContent = trouble ? word(`why_${trouble}`, { n: unsent }) : "";
  signIn.hidden = !["signed_out", "other_user", "nobody"].includes(trouble);
  const kept = all.filter((entry) => entry.user === operator.id && entry.trouble);
  aside.hidden = kept.length === 0;
  asideList.textContent = kept.map(({ scan, undo }) => scan?.raw || scan?.parent || undo.scan).join("\n");
  const lines = linesOf(all.filter((entry) => entry.user !== operator.id));
  others.hidden = lines.length === 0;
  others.querySelector("span").textContent = lines.join(" ");
}

/** age: as Contact tells it. After a long time without contact the queue can be saved to a file. */
export function drawContact(operator, age) {
  bar.querySelector("[data-save]").hidden = ["now", "seconds"].includes(age?.unit);
  const text = [operator.name, age ? word(`contact_${age.unit}`, age) : word("contact_none")].filter(Boolean).join(" · ");
  if (contact.textContent !== text) contact.textContent = text;
}

function linesOf(entries) {
  const people = new Map();
  for (const { user, name } of entries) people.set(user, { name, n: 1 + (people.get(user)?.n ?? 0) });
  return [...people.values()].map((person) => word("of_others", person));
}
