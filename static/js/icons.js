// Change the picture in an <svg><use></svg> of the page to another of the same file.
export function setIcon(svg, name) {
  const use = svg.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
}
