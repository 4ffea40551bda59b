// Breaks a long label of a chart between its words.

/** `label` in lines of at most `most` signs, or null where one of its words is longer. */
export function inLines(label, most) {
  const lines = [""];
  for (const word of label.split(" ")) {
    if (word.length > most) return null;
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > most) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.join("\n");
}
