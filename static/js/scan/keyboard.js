// Hears the scanner anywhere on the page, whatever has the focus, and a person typing in the field.

import { SILENCE_MS, Wedge } from "./wedge.js";

const SUFFIX_MS = 1000; // an Enter, Tab or Ctrl+J this soon after a code is the scanner's second suffix key
const FORGET_MS = 2000; // keys typed outside the field start anew after this pause
const LATE_MS = 40; // a timer this late says that the page was busy and keys may still be waiting
const NO_CHARACTER = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);

/**
 * field: the visible input; take(raw, source): called once for each code read ("wedge") or sent by hand ("typed");
 * refuse(): a code came in pieces.
 */
export function listen(field, { take, refuse }) {
  let before = null; // what the field held before the keys now coming in; null while they go elsewhere
  let button = null; // the button that had the focus when they began
  let scannedAt = -Infinity;
  let typedAt = -Infinity;
  let timer = 0;

  const wedge = new Wedge({
    scan(text) {
      scanned();
      take(text, "wedge");
    },
    broken() {
      scanned();
      refuse();
    },
    typed(text) {
      if (before) return; // the browser has put it into the field already
      if (text === " " && button) return button.click();
      field.value = (performance.now() - typedAt < FORGET_MS ? field.value : "") + text;
      typedAt = performance.now();
    },
  });

  // The field gets back what it held; the scanner's keys are not for it.
  function scanned() {
    if (before) field.value = before.value;
    scannedAt = performance.now();
  }

  function wait() {
    clearTimeout(timer);
    const due = performance.now() + SILENCE_MS;
    timer = setTimeout(() => (performance.now() - due > LATE_MS ? wait() : wedge.settle()), SILENCE_MS);
  }

  function send() {
    wedge.settle();
    const text = field.value;
    field.value = "";
    if (text.trim() !== "") take(text, "typed");
  }

  function suffix(event) {
    const held = wedge.holds(event.timeStamp);
    const inField = event.target === field;
    if (wedge.end(event.timeStamp)) return event.preventDefault();
    if (!held && event.timeStamp - scannedAt < SUFFIX_MS) return event.preventDefault();
    if (event.key === "Tab" && (inField || !held)) return;
    if (!held && !inField && event.target.matches("a, button")) return; // pressed by a person
    event.preventDefault();
    scannedAt = event.timeStamp;
    send();
  }

  function keydown(event) {
    if (!event.key || event.isComposing || NO_CHARACTER.has(event.key)) return; // autofill sends events without a key
    if (isShortcut(event)) return isLineFeed(event) && scanning(event) ? suffix(event) : undefined;
    if (event.key === "Enter" || event.key === "Tab") return suffix(event);
    if (event.key.length !== 1) return void wedge.settle();
    if (event.repeat) return void (event.target !== field && event.preventDefault()); // held down: no scanner does that
    if (!wedge.holds(event.timeStamp)) {
      wedge.settle();
      before = event.target === field ? { value: field.value } : null;
      button = event.target.matches("button") ? event.target : null;
    }
    if (!before) event.preventDefault();
    wedge.key(event.key, event.timeStamp);
    wait();
  }

  const scanning = (event) => wedge.holds(event.timeStamp) || event.timeStamp - scannedAt < SUFFIX_MS;

  window.addEventListener("keydown", keydown, true);
  // A button is pressed when the space bar comes up; a blank inside a label must not do that.
  window.addEventListener("keyup", (event) => event.key === " " && event.target !== field && event.preventDefault(), true);
  return { send };
}

const isShortcut = (event) => (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
// Scanners that end with CR LF press Enter and Ctrl+J, which opens the browser's downloads.
const isLineFeed = (event) => event.ctrlKey && /^[jm]$/i.test(event.key);
