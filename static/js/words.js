// The page's words. They stand in its <template id="words"> and, where a page has others, in "more-words" behind them, so that the
// page's language is theirs too.

const texts = [...document.querySelectorAll("#words, #more-words")].flatMap(({ content }) => [...content.querySelectorAll("[data-word]")]);
const words = new Map(texts.map((element) => [element.dataset.word, element.textContent.trim()]));

/** The text of that name with {values} filled in, that for none or one where `n` is 0 or 1; undefined if the page has none. */
export function word(name, values = {}) {
  const few = words.get(`${name}_${["none", "one"][values.n]}`);
  return (few ?? words.get(name))?.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}
