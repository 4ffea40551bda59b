// Phones hand a scanner's keys to the input method, which writes into the field; keydown then names no key.

/**
 * wrote(text, event, value): this was added to what the field held (`value`), or null when the field was changed in
 * another way; lineBreak(event): Enter; holds(event): are keys held that belong together with this one?
 * -> {isKeyed()}: to be called when a key was heard by its own event, so that what it writes is not heard again.
 */
export function listenToWriting(field, { wrote, lineBreak, holds }) {
  let keyed = false;
  let value = "";

  function beforeInput(event) {
    if (event.inputType === "insertLineBreak") lineBreak(event);
    value = field.value;
  }

  function input(event) {
    const known = keyed;
    keyed = false;
    if (known || !event.inputType?.startsWith("insert") || event.inputType.startsWith("insertFrom")) return;
    const added = field.value.startsWith(value) ? field.value.slice(value.length) : null;
    // A word at once comes from the keyboard on the screen, if that was asked for.
    if (added?.length > 1 && field.inputMode !== "none") return;
    if (added === "" || (added === null && !holds(event))) return;
    wrote(added, event, value);
  }

  field.addEventListener("beforeinput", beforeInput);
  field.addEventListener("input", input);
  for (const type of ["keydown", "keyup"]) window.addEventListener(type, () => (keyed = false), true);
  return { isKeyed: () => (keyed = true) };
}
