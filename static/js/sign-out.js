// Signing out of a device that holds unsent scans: the page says so first, and the scans stay where they are. What the
// device knows of the person for packing without a connection goes.

import { forgetOperator, knownOperator } from "./scan/operator.js";
import { Queue } from "./scan/queue.js";
import { storage } from "./scan/storage.js";

const form = document.querySelector("[data-signs-out] form, #logout-form");
const warning = document.querySelector("#unsent-warning");
const { user } = warning.dataset;
const [device, tab] = [storage("localStorage"), storage("sessionStorage")];

const unsent = () => new Queue(device, { id: user }, null).everyones().filter((entry) => entry.user === user).length;

form?.addEventListener("submit", (event) => {
  const n = unsent();
  if (n > 0 && warning.hidden) {
    event.preventDefault();
    warning.querySelector("[data-unsent]").textContent = n;
    warning.hidden = false;
    warning.querySelector("a").focus();
    return;
  }
  forgetOperator(device, tab);
});
warning.querySelector("button").addEventListener("click", () => form.requestSubmit());

if (knownOperator(device) && knownOperator(device).id !== user) forgetOperator(device, tab); // somebody else's session ended here
