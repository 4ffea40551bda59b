// The packing screen: puts the parts together.

import { showAnswer } from "./answer-view.js";
import { bag, send } from "./api.js";
import { bindButtons } from "./buttons.js";
import { offerCamera } from "./camera.js";
import { obeying } from "./commands.js";
import { Desk } from "./desk.js";
import { showHelp } from "./help-view.js";
import { History } from "./history.js";
import { Queue } from "./queue.js";
import { Repeats } from "./repeats.js";
import { drawRows } from "./rows-view.js";
import { drawSack } from "./sack-view.js";
import { Sack } from "./sack.js";
import { hearScanner } from "./scanner.js";
import { Sender } from "./sender.js";
import { startShift } from "./shift.js";
import { Speaker } from "./sounds.js";
import { drawStatus } from "./status-view.js";
import { storage } from "./storage.js";
import { screenId } from "./screen.js";
import { Volume } from "./volume.js";

const EVERY_MS = 15_000;

const [device, tab] = [storage("localStorage"), storage("sessionStorage")];
const user = document.body.dataset.user;
const field = document.querySelector("#code");
const products = JSON.parse(document.querySelector("#products").textContent);

const queue = new Queue(device, user, screenId(tab));
const volume = new Volume(device);
const speaker = new Speaker(() => volume.level);
const results = "BroadcastChannel" in window ? new BroadcastChannel("tt.results") : null;

const desk = new Desk({
  products,
  queue,
  sack: new Sack(tab, user),
  history: new History(tab, user),
  repeats: new Repeats(),
  isLate: () => sender.isLate || !navigator.onLine,
  play: (sound) => speaker.play(sound),
  show: (answer) => showAnswer(answer, desk.sack.code),
  changed,
  lookUp: bag,
});

const sender = new Sender({
  queue,
  call: (entries) => send(entries, queue.device()),
  lock: navigator.locks ? (work) => navigator.locks.request("tt.sender", work) : undefined,
  tell: {
    sending(entries) {
      desk.sending(entries);
      draw();
    },
    settled(pairs) {
      desk.settled(pairs);
      results?.postMessage(pairs); // another tab may have scanned them
      draw();
    },
    setAside: (entry) => desk.setAside(entry),
    state: () => draw(),
  },
});

function changed() {
  draw();
  sender.kick();
}

let frame = 0;
function draw() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    const waiting = queue.waiting();
    const { sack, history } = desk;
    drawSack(sack.shown, waiting.filter(({ scan }) => scan?.parent && scan.parent === sack.code).length);
    drawRows(history.rows, sack.code);
    drawStatus({ why: sender.why, unsent: waiting.length, kept: queue.attention(), ofOthers: queue.ofOthers() });
    document.querySelector("#undo").disabled = !history.lastUndoable();
    document.querySelector("#done").disabled = !sack.code || sack.shown.state === "closed";
  });
}

function awake() {
  if (document.hidden) return;
  sender.wake();
  desk.refresh();
}

const take = obeying(desk, showHelp);
const { send: sendTyped } = hearScanner(field, { products, storage: device, take, refuse: (why) => desk.refuse(why) });
offerCamera({
  button: document.querySelector("#camera-button"),
  panel: document.querySelector("#camera"),
  take: (raw) => take(raw, "camera"),
});
const retry = () => {
  queue.tryAgain();
  changed();
};
bindButtons({ desk, send: sendTyped, retry, field });
startShift(speaker);
volume.bind(document.querySelector("#volume"), () => speaker.play("saved"));
results?.addEventListener("message", ({ data }) => {
  for (const [entry] of data) queue.remove(entry); // this tab may not see yet that the other one took it out
  desk.settled(data);
});
window.addEventListener("storage", draw);
window.addEventListener("online", awake);
window.addEventListener("offline", draw);
window.addEventListener("focus", awake);
document.addEventListener("visibilitychange", awake);
setInterval(() => sender.kick(), EVERY_MS);
draw();
awake();
