// Five sounds that are told apart with eyes closed (and one soft one for a code held back), made here, with vibration.

// Notes are [Hz, start s, length s]; lower and rougher means "look at the screen".
export const SOUNDS = {
  saved: { wave: "sine", gain: 0.7, notes: [[1568, 0, 0.14]], shake: [40] },
  already: { wave: "triangle", gain: 0.7, notes: [[659, 0, 0.1], [659, 0.16, 0.1]], shake: [40, 80, 40] },
  refused: { wave: "sawtooth", gain: 0.8, notes: [[196, 0, 0.22], [131, 0.26, 0.4]], shake: [400] },
  full: { wave: "sine", gain: 0.7, notes: [[784, 0, 0.12], [988, 0.13, 0.12], [1175, 0.26, 0.12], [1568, 0.39, 0.3]], shake: [80, 60, 80, 60, 240] },
  queued: { wave: "sine", gain: 0.25, notes: [[440, 0, 0.035]], shake: [12] },
  held: { wave: "triangle", gain: 0.2, notes: [[220, 0, 0.05]], shake: [8] },
};

const BY_SEVERITY = { success: "saved", notice: "already", attention: "refused", block: "refused" };
const STALE_MS = 200; // a sound that comes later would seem to tell of the next scan
const WORST_FIRST = ["block", "attention", "notice", "success"];

export const soundOf = (result) => (result.code === "linked_last" ? "full" : BY_SEVERITY[result.severity] ?? "refused");

/** Of answers that came together, the one the operator must know about; the last of them if there are several. */
export function mostImportant(results) {
  const rank = (result) => (WORST_FIRST.indexOf(result.severity) + 1 || 1) - (result.code === "linked_last" ? 0.5 : 0);
  return results.reduce((best, result) => (rank(result) <= rank(best) ? result : best));
}

export class Speaker {
  /** volume(): 0 to 1. */
  constructor(volume) {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    this.volume = volume;
    this.context = Context ? new Context() : null;
  }

  /** Does the browser keep silent until the page is touched? */
  get isBlocked() {
    return this.context !== null && this.context.state !== "running";
  }

  /** To be called from a touch or key press: browsers let sound out only then. */
  unlock() {
    return this.isBlocked ? this.context.resume().catch(() => {}) : Promise.resolve();
  }

  play(name) {
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(SOUNDS[name].shake);
    if (!this.context) return;
    const asked = performance.now();
    this.unlock().then(() => {
      if (!this.isBlocked && performance.now() - asked < STALE_MS) this.#sound(SOUNDS[name]);
    });
  }

  #sound({ wave, gain, notes }) {
    const now = this.context.currentTime;
    for (const [pitch, start, length] of notes) this.#note(wave, gain * this.volume(), pitch, now + start, length);
  }

  #note(wave, gain, pitch, start, length) {
    const [tone, level] = [this.context.createOscillator(), this.context.createGain()];
    tone.type = wave;
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(gain, start + 0.008);
    level.gain.setValueAtTime(gain, start + length - 0.01);
    level.gain.linearRampToValueAtTime(0, start + length);
    tone.connect(level).connect(this.context.destination);
    tone.start(start);
    tone.stop(start + length);
  }
}
