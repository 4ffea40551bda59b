// "Save queue to file": what is unsent on this device, everybody's, as the server takes it. The last resort.

/** -> the file's content: {format, device, saved_at, people: [{user, name, scans, undos}]} */
export function fileOf(queue) {
  const people = new Map();
  for (const { user, name, scan, undo } of queue.everyones()) {
    if (!people.has(user)) people.set(user, { user: Number(user), name, scans: [], undos: [] });
    if (scan) people.get(user).scans.push(scan);
    else people.get(user).undos.push(undo);
  }
  return { format: "traitortrack-queue-1", device: queue.device(), saved_at: new Date().toISOString(), people: [...people.values()] };
}

export function saveFile(queue) {
  const content = JSON.stringify(fileOf(queue), null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `traitortrack-queue-${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
