// "Start shift": one touch that lets sound out, keeps the screen awake and asks the browser to keep its storage.

import { word } from "../words.js";
import { askToKeep } from "./persistence.js";

const banner = document.querySelector("#start");
let started = false;

export function startShift(speaker) {
  const draw = () => {
    banner.hidden = started ? !speaker.isBlocked : false;
    banner.querySelector("span").textContent = word(started ? "sound_blocked" : "start_shift");
  };
  banner.addEventListener("click", async () => {
    started = true;
    stayAwake();
    askToKeep();
    await speaker.unlock();
    draw();
  });
  speaker.context?.addEventListener("statechange", draw);
  document.addEventListener("visibilitychange", () => started && !document.hidden && stayAwake());
  draw();
}

// The browser lets go of the wake lock each time the page is hidden.
function stayAwake() {
  navigator.wakeLock?.request("screen").catch(() => {});
}
