// The buttons of a scanning screen. After a touch none keeps the focus, so that no later key press lands on it.

/** press(selector, act) binds a button of the page. */
export function press(selector, act) {
  for (const button of document.querySelectorAll(selector)) button.addEventListener("click", act);
}

/** desk: what to do; inTurn(work): does it when scans may be numbered; send(): send what was typed. */
export function bindButtons({ desk, inTurn, send, retry, save, field }) {
  press("#undo", () => desk.undo());
  press("#send", send);
  press("#retry", retry);
  press("[data-save]", save);
  press("#keys", ({ currentTarget: button }) => {
    const up = field.inputMode === "none";
    field.inputMode = up ? "text" : "none";
    button.setAttribute("aria-pressed", String(up));
    field.blur(); // phones look at inputmode only when the field gets the focus
    if (up) field.focus();
  });
  press("#rows", (event) => {
    const { part, key } = event.target.closest("button")?.dataset ?? {};
    if (part) inTurn(() => desk[part](key));
  });
  document.addEventListener("click", (event) => event.target.closest("button")?.blur());
}
