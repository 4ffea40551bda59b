// The camera as a scanner, where there is none. Nothing of it is loaded before its button is touched.

import { word } from "../words.js";
import { openDecoder } from "./decoder.js";
import { Sightings } from "./sightings.js";

const EVERY_MS = 150;
const WANTED = { audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } };
const SAID = { none: "ready", read: "read", many: "many" };

/** button, panel: of the page, panel with the decoder's addresses as data; take(raw): called once for each code shown. */
export function offerCamera({ button, panel, take }) {
  if (!navigator.mediaDevices?.getUserMedia) return; // a plain http address, or a browser without
  const [video, text] = [panel.querySelector("video"), panel.querySelector("p")];
  let close = () => {};

  function show(open) {
    panel.hidden = !open;
    button.setAttribute("aria-pressed", String(open));
    document.body.classList.toggle("filming", open);
  }

  function say(name) {
    const said = word(`camera_${name}`);
    if (text.textContent !== said) text.textContent = said;
  }

  async function start() {
    const ends = [];
    let isOpen = true;
    // What arrives after the touch that closes is let go at once.
    const keep = (end) => (isOpen ? ends.push(end) : end());
    const letGo = () => ends.splice(0).forEach((end) => end());
    close = () => {
      isOpen = false;
      letGo();
      show(false);
    };
    show(true);
    say("starting");
    try {
      const stream = await navigator.mediaDevices.getUserMedia(WANTED);
      keep(() => stream.getTracks().forEach((track) => track.stop()));
      const decoder = await openDecoder(panel.dataset);
      keep(() => decoder.close());
      keep(() => (video.srcObject = null));
      video.srcObject = stream;
      await video.play();
      await look(decoder, () => isOpen);
    } catch (error) {
      letGo();
      if (isOpen) say(troubleOf(error));
    }
  }

  async function look(decoder, isOpen) {
    const sightings = new Sightings();
    while (isOpen()) {
      const texts = await decoder.read(video);
      if (!isOpen()) return;
      const { state, text: read } = sightings.see(texts, performance.now());
      if (state !== "still") say(SAID[state]);
      if (state === "read") take(read);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  button.hidden = false;
  button.addEventListener("click", () => (panel.hidden ? start() : close()));
  document.addEventListener("visibilitychange", () => document.hidden && close());
}

function troubleOf({ name }) {
  if (name === "NotAllowedError") return "refused";
  return name === "NotFoundError" || name === "NotReadableError" || name === "AbortError" ? "missing" : "no_decoder";
}
