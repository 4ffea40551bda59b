// Hears the scanner anywhere on the page, whatever has the focus, and a person typing in the field.

import { listenToWriting } from "./input-method.js";
import { numberPad } from "./number-pad.js";
import { LOST, strokeOf, written } from "./strokes.js";
import { SILENCE_MS, Wedge } from "./wedge.js";

const SUFFIX_MS = 1000; // an Enter, Tab or Ctrl+J this soon after a code is the scanner's second suffix key
const FORGET_MS = 2000; // keys typed outside the field start anew after this pause
const LATE_MS = 40; // a timer this late says that the page was busy and keys may still be waiting
const NO_CHARACTER = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
const SUFFIXES = { Enter: "Enter", NumpadEnter: "Enter", Tab: "Tab" };

/**
 * field: the visible input. read(strokes, suffix): called once for each code, with the name of the key that ended it
 * ("Enter", "Tab", "LineFeed") or null; broken(): a code came in pieces; send(text): sent by hand.
 * wedge: what is known of the scanner, see Wedge.
 */
export function listen(field, { read, broken, send: take }, known = {}) {
  let before = null; // what the field held before the keys now coming in; null while they go elsewhere
  let button = null; // the button that had the focus when they began
  let scannedAt = -Infinity;
  let typedAt = -Infinity;
  let timer = 0;

  const wedge = new Wedge(
    {
      scan(strokes, suffix) {
        scanned();
        read(strokes, suffix);
      },
      broken() {
        scanned();
        broken();
      },
      typed(strokes) {
        if (before) return; // the browser has put it into the field already
        const text = strokes.map(({ key }) => key).join("");
        if (text === " " && button) return button.click();
        field.value = (performance.now() - typedAt < FORGET_MS ? field.value : "") + text;
        typedAt = performance.now();
      },
    },
    known,
  );

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
    if (text.trim() !== "") take(text);
  }

  function suffix(event, name) {
    const held = wedge.holds(event.timeStamp);
    const inField = event.target === field;
    if (wedge.end(event.timeStamp, name)) return event.preventDefault();
    if (!held && event.timeStamp - scannedAt < SUFFIX_MS) return event.preventDefault();
    if (name === "Tab" && (inField || !held)) return;
    if (!held && !inField && event.target.matches("a, button")) return; // pressed by a person
    event.preventDefault();
    scannedAt = event.timeStamp;
    send();
  }

  // A key came. value: what the field held before it, or null if it is not for the field.
  function heard(stroke, event, value) {
    if (!wedge.holds(event.timeStamp)) {
      wedge.settle();
      before = value === null ? null : { value };
      button = event.target.matches?.("button") ? event.target : null;
    }
    wedge.key({ ...stroke, at: event.timeStamp }, event.timeStamp);
    wait();
  }

  const ownValue = (event) => (event.target === field ? field.value : null);

  function keydown(event) {
    if (!event.key || NO_CHARACTER.has(event.key)) return; // autofill sends events without a key
    const holds = wedge.holds(event.timeStamp);
    if (isLineFeed(event)) return holds || event.timeStamp - scannedAt < SUFFIX_MS ? suffix(event, "LineFeed") : undefined;
    if (isShortcut(event) && !holds) return;
    const ending = SUFFIXES[event.key] ?? SUFFIXES[event.code];
    if (ending) return suffix(event, ending);
    // What a function or arrow key does in the middle of a code, nobody has asked for.
    if (holds && (isShortcut(event) || event.key.length > 1)) event.preventDefault();
    const stroke = strokeOf(event);
    if (!stroke) return isUnnamed(event) ? unnamed(event) : undefined;
    if (event.repeat) return void (event.target !== field && event.preventDefault()); // held down: no scanner does that
    if (event.target !== field && event.key.length === 1) event.preventDefault();
    writing.isKeyed();
    heard(stroke, event, ownValue(event));
  }

  // Behind an input method the character comes by the field's input event; elsewhere it is lost.
  function unnamed(event) {
    if (event.target === field) return;
    heard(LOST, event, null);
    field.focus();
  }

  const writing = listenToWriting(field, {
    wrote: (text, event, value) => [...(text ?? [""])].forEach((character) => heard(written(character), event, value)),
    lineBreak: (event) => suffix(event, "Enter"),
    holds: (event) => wedge.holds(event.timeStamp),
  });
  numberPad((character, event) => {
    writing.isKeyed();
    heard(written(character), event, ownValue(event));
  });
  window.addEventListener("keydown", keydown, true);
  // A button is pressed when the space bar comes up; a blank inside a label must not do that.
  window.addEventListener("keyup", (event) => event.key === " " && event.target !== field && event.preventDefault(), true);
  return { send };
}

const isShortcut = (event) => (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
// Scanners that end with CR LF press Enter and Ctrl+J, which opens the browser's downloads.
const isLineFeed = (event) => event.ctrlKey && !event.altKey && /^[jm]$/i.test(event.key);
const isUnnamed = ({ key, keyCode }) => key === "Unidentified" || key === "Process" || keyCode === 229;
