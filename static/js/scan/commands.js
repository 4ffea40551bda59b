// Command codes: printed on a sheet and scanned instead of touching the screen. They are obeyed here, never queued.

import { cleaned } from "./codes.js";

const PREFIX = "TT-";
const HELP = "TT-HELP";

/** The command code that was read, also one that nobody knows; null if it is none. */
export function commandOf(raw) {
  const text = cleaned(raw);
  return text.startsWith(PREFIX) ? text : null;
}

/**
 * desk: its `commands` are {code: what to do with {raw, source, repairs}}; help(open): shows them or puts them away.
 * -> take(raw, source, repairs) that obeys commands and leaves all else to the desk
 */
export function obeying(desk, help) {
  return (raw, source, repairs = []) => {
    help(false);
    const command = commandOf(raw);
    if (!command) return desk.take(raw, source, repairs);
    if (desk.isRepeat(command, command)) return;
    if (command === HELP) help(true);
    else if (Object.hasOwn(desk.commands, command)) desk.commands[command]({ raw: command, source, repairs });
    else desk.refuse("no_command");
    desk.repeats.holds(command, Date.now()); // what was done has made the desk forget what was read
  };
}
