// "Universal" scanners write each character as Alt and its number on the number pad, whatever the keyboard's layout.

/** wrote(character, event): one character is complete. */
export function numberPad(wrote) {
  let number = "";

  function keydown(event) {
    const [, digit] = /^Numpad(\d)$/.exec(event.code) ?? [];
    if (event.key === "Alt") number = "";
    if (!event.altKey || digit === undefined) return;
    number += digit;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function keyup(event) {
    if (event.key !== "Alt" || number === "") return;
    const character = String.fromCharCode(Number(number) & 255);
    number = "";
    wrote(character, event);
  }

  window.addEventListener("keydown", keydown, true);
  window.addEventListener("keyup", keyup, true);
}
