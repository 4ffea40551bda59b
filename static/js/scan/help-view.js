// The help of the screen: no dialog, it takes the place of the last scans until the next scan.

const panel = document.querySelector("#help");
const button = document.querySelector("#help-button");

export function showHelp(open) {
  panel.hidden = !open;
  document.body.classList.toggle("helping", open);
  button.setAttribute("aria-expanded", String(open));
}

button.addEventListener("click", () => showHelp(panel.hidden));
