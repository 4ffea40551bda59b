// Single numbers: each <… data-number="a.path"> shows what stands there.

const language = document.documentElement.lang;
const numberOf = (numbers, path) => path.split(".").reduce((value, name) => value?.[name], numbers);

export const told = (number) => number.toLocaleString(language);

export function drawTiles(numbers) {
  for (const element of document.querySelectorAll("[data-number]")) {
    const number = numberOf(numbers, element.dataset.number);
    if (number != null) element.textContent = told(number);
  }
}
