// A button with data-shows="id of a password field" shows and hides what is typed there.

import { setIcon } from "./icons.js";

for (const button of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  button.addEventListener("click", () => {
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
    setIcon(button.querySelector("svg"), show ? "eye-off" : "eye");
    field.focus();
  });
  // A browser must not remember the password as ordinary text.
  field.form.addEventListener("submit", () => (field.type = "password"));
}
