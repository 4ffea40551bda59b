// The buttons of the packing screen. After a touch none keeps the focus, so that no later key press lands on it.

/** desk: what to do; send(): send what was typed; retry(): try again what was put aside. */
export function bindButtons({ desk, send, retry, field }) {
  const on = (selector, act) => document.querySelector(selector).addEventListener("click", act);
  on("#undo", () => desk.undo());
  on("#done", () => desk.close());
  on("#answer-move", (event) => desk.move(event.currentTarget.dataset.key));
  on("#send", send);
  on("#retry", retry);
  on("#keys", ({ currentTarget: button }) => {
    const up = field.inputMode === "none";
    field.inputMode = up ? "text" : "none";
    button.setAttribute("aria-pressed", String(up));
    field.blur(); // phones look at inputmode only when the field gets the focus
    if (up) field.focus();
  });
  on("#rows", (event) => {
    const button = event.target.closest("button");
    if (button) desk[button.dataset.part](button.dataset.key);
  });
  document.addEventListener("click", (event) => event.target.closest("button")?.blur());
}
