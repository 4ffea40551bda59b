// The band that tells the operator how the last scan went and what to do next.

import { setIcon } from "../icons.js";
import { word } from "../words.js";

const ICONS = { success: "check", notice: "repeat", attention: "warning", block: "stop", sent: "clock", held: "repeat" };
const STAY_MS = 1200; // bad news is not wiped off by the good news behind it at once
const BAD = new Set(["attention", "block"]);
const AGAIN = new Set(["broken", "glued"]); // the next scan is the answer to these
const TOUCHED = new Set(["undo", "move", "close", "finished"]); // the operator has seen it and acted

const band = document.querySelector("#answer");
const [title, message] = ["title", "message"].map((part) => document.querySelector(`#answer-${part}`));
const move = document.querySelector("#answer-move");
let staysUntil = 0;

/** answer: a result of the server, or one of the desk's own: {severity, code, text, message, sackLost}. */
export function showAnswer(answer, sackCode) {
  const now = performance.now();
  if (now < staysUntil && !BAD.has(answer.severity) && !TOUCHED.has(answer.code)) return;
  staysUntil = BAD.has(answer.severity) && !AGAIN.has(answer.code) ? now + STAY_MS : 0;
  band.dataset.severity = answer.severity;
  setIcon(band.querySelector("svg"), ICONS[answer.severity] ?? ICONS.block);
  title.textContent = titleOf(answer);
  message.textContent = [answer.message ?? word(`message_${answer.code ?? answer.severity}`, answer), answer.sackLost && word("sack_lost")]
    .filter(Boolean)
    .join(" ");
  move.hidden = answer.code !== "in_other_parent" || !sackCode;
  move.dataset.key = answer.key ?? "";
}

/** The short word for what became of a scan; a newer server's unknown codes go by their severity. */
export const titleOf = ({ code, severity }) => word(`code_${code}`) ?? word(`severity_${severity}`) ?? word("severity_block");
