// How loud this device is: a button that goes round three steps and lets hear each.

import { setIcon } from "../icons.js";
import { word } from "../words.js";

const STEPS = { loud: 1, medium: 0.4, soft: 0.12 };
const NAMES = Object.keys(STEPS);

export class Volume {
  constructor(storage) {
    this.storage = storage;
    this.step = NAMES.includes(storage.getItem("tt.volume")) ? storage.getItem("tt.volume") : "loud";
  }

  get level() {
    return STEPS[this.step];
  }

  /** heard(): called after each change. */
  bind(button, heard) {
    const draw = () => {
      setIcon(button.querySelector("svg"), `sound-${this.step}`);
      button.querySelector("span").textContent = word(`volume_${this.step}`);
    };
    button.addEventListener("click", () => {
      this.step = NAMES[(NAMES.indexOf(this.step) + 1) % NAMES.length];
      try {
        this.storage.setItem("tt.volume", this.step);
      } catch {
        // It holds until the page is closed.
      }
      draw();
      heard();
    });
    draw();
  }
}
