// The page's words. They stand in its <template id="words">, so that the page's language is theirs too.

const texts = document.querySelector("#words").content.querySelectorAll("[data-word]");
const words = new Map(Array.from(texts, (element) => [element.dataset.word, element.textContent.trim()]));

/** The text of that name with {values} filled in; undefined if the page has none. */
export function word(name, values = {}) {
  return words.get(name)?.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}
