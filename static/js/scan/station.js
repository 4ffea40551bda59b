// What every scanning screen is made of: the queue and its sender, the scanner, sounds, the last scans, the status.

import "../staying.js";
import { showAnswer } from "./answer-view.js";
import { bag, send } from "./api.js";
import { beatOf, keepBeating } from "./beat.js";
import { bindButtons } from "./buttons.js";
import { offerCamera } from "./camera.js";
import { obeying } from "./commands.js";
import { Contact } from "./contact.js";
import { showHelp } from "./help-view.js";
import { History } from "./history.js";
import { install } from "./install.js";
import { operatorOf } from "./operator.js";
import { Queue } from "./queue.js";
import { Repeats } from "./repeats.js";
import { drawRows } from "./rows-view.js";
import { saveFile } from "./save-file.js";
import { hearScanner } from "./scanner.js";
import { screenId } from "./screen.js";
import { Sender } from "./sender.js";
import { startShift } from "./shift.js";
import { Speaker } from "./sounds.js";
import { Spare } from "./spare.js";
import { drawContact, drawStatus } from "./status-view.js";
import { storage } from "./storage.js";
import { settleTabs } from "./tabs.js";
import { renew, token } from "./token.js";
import { Volume } from "./volume.js";

const EVERY_MS = 15_000;
const SECOND_MS = 1000;
const NOBODY = { id: null, name: "", products: [] };
const { version, worker } = document.body.dataset;

/**
 * name: sets the last scans of this screen apart from those of others in the same tab, if it is not the packing screen;
 * makeDesk(parts, tab): this screen's desk out of the parts that all have; draw(desk, waiting): what only this screen
 * shows; waiting: the operator's entries without an answer. -> {desk, inTurn(work): for what numbers scans}
 */
export function openStation({ name = "", makeDesk, draw: drawOwn }) {
  const [device, tab] = [new Spare(storage("localStorage")), storage("sessionStorage")];
  const operator = operatorOf(document, device) ?? NOBODY;
  const queue = new Queue(device, operator, screenId(tab));
  const contact = new Contact(device);
  const volume = new Volume(device);
  const speaker = new Speaker(() => volume.level);
  const { inTurn, alone } = settleTabs({ queue, tab, lost: () => device.lost(), forgot: () => desk.forgot() });

  const heard = (reply) => {
    if (reply?.body) contact.now();
    return reply;
  };
  const draw = oncePerFrame(() => {
    const waiting = queue.waiting();
    drawOwn(desk, waiting);
    drawRows(desk.history.rows, desk.sack.code);
    drawStatus({ operator, why: sender.why, unsent: waiting.length, all: queue.everyones() });
    document.querySelector("#undo").disabled = !desk.history.lastUndoable();
  });
  const changed = () => {
    draw();
    sender.kick();
  };
  const desk = makeDesk({
    products: operator.products,
    queue,
    history: new History(tab, operator.id + name),
    repeats: new Repeats(),
    isLate: () => sender.isLate || !navigator.onLine,
    play: (sound) => speaker.play(sound),
    show: (answer) => showAnswer(answer, desk.sack.code),
    changed,
    lookUp: async (code) => heard(await bag(code)),
    heard,
  }, tab);
  const sender = senderOf({ queue, desk, lock: alone, heard, draw });

  hearOperator({ operator, queue, desk, inTurn, changed, device });
  startShift(speaker);
  volume.bind(document.querySelector("#volume"), () => speaker.play("saved"));
  install({ worker, version, waits: () => (document.querySelector("#update").hidden = false) });
  keepBeating({ queue, version, contact, heard });
  keepUpToDate({ operator, queue, desk, sender, draw });
  const tellContact = () => drawContact(operator, contact.age());
  setInterval(tellContact, SECOND_MS);
  tellContact();
  return { desk, inTurn };
}

// Sends, and tells this desk and those of the other tabs what became of it.
function senderOf({ queue, desk, lock, heard, draw }) {
  const results = "BroadcastChannel" in window ? new BroadcastChannel("tt.results") : null;
  results?.addEventListener("message", ({ data }) => {
    for (const [entry] of data) queue.remove(entry); // this tab may not see yet that the other one took it out
    desk.settled(data);
  });
  return new Sender({
    queue,
    call: async (entries) => heard(await send(entries, queue.device(), beatOf(queue, version, entries.length))),
    lock,
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
      state: draw,
    },
  });
}

// Scanner, camera, keys and touch.
function hearOperator({ operator, queue, desk, inTurn, changed, device }) {
  const field = document.querySelector("#code");
  const obey = obeying(desk, showHelp);
  const take = (...read) => (operator.id ? inTurn(() => obey(...read)) : desk.refuse("nobody"));
  const refuse = (why) => desk.refuse(why);
  const { send: sendTyped } = hearScanner(field, { products: operator.products, storage: device, take, refuse });
  offerCamera({
    button: document.querySelector("#camera-button"),
    panel: document.querySelector("#camera"),
    take: (raw) => take(raw, "camera"),
  });
  const retry = () => {
    queue.tryAgain();
    changed();
  };
  bindButtons({ desk, inTurn, send: sendTyped, retry, save: () => saveFile(queue), field });
  document.querySelector("#sign-in").search = new URLSearchParams({ next: location.pathname });
}

// The network, the other tabs and the person come and go.
function keepUpToDate({ operator, queue, desk, sender, draw }) {
  async function awake() {
    if (document.hidden) return;
    if (operator.id && !token()) await renew(); // this page came from the device, without one
    sender.wake();
    desk.refresh();
  }
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key) queue.heard(key, newValue);
    draw();
  });
  window.addEventListener("online", awake);
  window.addEventListener("offline", draw);
  window.addEventListener("focus", awake);
  document.addEventListener("visibilitychange", awake);
  setInterval(() => sender.kick(), EVERY_MS);
  draw();
  awake();
}

function oncePerFrame(work) {
  let frame = 0;
  return () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      work();
    });
  };
}
