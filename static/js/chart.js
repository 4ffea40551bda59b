// Draws the bars of each <div data-chart="id">; the script element of that id holds {title, labels, values}.

import { drawBars } from "./bars.js";

const draw = (box) => drawBars(box, JSON.parse(document.getElementById(box.dataset.chart).textContent));
const boxes = document.querySelectorAll("[data-chart]");
const drawAll = () => boxes.forEach(draw);
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("resize", drawAll);
