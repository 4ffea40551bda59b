// The scanner check's page: shows the next code, says what was read, and in the end the report.

import { setIcon } from "../icons.js";
import { word } from "../words.js";
import { Check } from "./check.js";
import { listen } from "./keyboard.js";
import { saveProfile } from "./profile.js";
import { storage } from "./storage.js";

const ICONS = { good: "check", look: "warning", bad: "stop" };
const ANY_SPEED = { fast: 110 };

const part = (name) => document.querySelector(`#check-${name}`);
const [codes, last, report, saved] = ["codes", "last", "report", "saved"].map(part);
const blank = document.querySelector("#finding").content.firstElementChild;
const field = document.querySelector("#code");
let check;

function begin() {
  check = new Check(Array.from(codes.children, ({ dataset }) => dataset.code));
  report.replaceChildren();
  part("done").hidden = true;
  saved.textContent = "";
  say("ready");
  draw();
}

function read(strokes, suffix) {
  const heard = check.hear(strokes, suffix);
  say(heard, strokes.map(({ key }) => key).join(""));
  draw();
}

function broken() {
  check.broken();
  say("broken");
  draw();
}

function say(state, text = "") {
  last.dataset.state = state;
  last.textContent = word(`heard_${state}`, { text });
}

function draw() {
  const { next } = check;
  for (const [index, item] of [...codes.children].entries()) item.hidden = index !== next;
  part("step").textContent = next === -1 ? "" : word("step", { n: next + 1, all: codes.children.length });
  if (next !== -1) return;
  part("done").hidden = false;
  report.replaceChildren(...check.findings().map(drawn));
  saved.textContent = word(save() ? "saved" : "not_saved");
}

function save() {
  try {
    saveProfile(storage("localStorage"), check.profile);
    return true;
  } catch {
    return false;
  }
}

function drawn({ about, state, word: name, values }) {
  const item = blank.cloneNode(true);
  item.dataset.state = state;
  item.dataset.about = about;
  setIcon(item.querySelector("svg"), ICONS[state]);
  item.querySelector("strong").textContent = word(`about_${about}`);
  item.querySelector("b").textContent = word(`state_${state}`);
  item.querySelector("p").textContent = word(name, values);
  return item;
}

listen(field, { read, broken, send: (text) => say("typed", text) }, ANY_SPEED);
part("again").addEventListener("click", ({ currentTarget }) => {
  currentTarget.blur();
  begin();
});
begin();
