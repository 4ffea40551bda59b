// Draws bars with uPlot, in the colours of the page.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { inLines } from "./in-lines.js";

const GAP_PX = 16;
const SENTENCE = 20; // signs; shorter labels are words, days and hours, of which some may be left out
const STEPS = Array.from({ length: 10 }, (_, place) => [1, 2, 5].map((step) => step * 10 ** place)).flat();
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Three quarters of the text beside it.
const signOf = (box) => 0.75 * parseFloat(getComputedStyle(box).fontSize);

function options(chart, box) {
  const sign = signOf(box);
  const axis = {
    font: `${sign}px ${colour("--text")}`,
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const last = chart.labels.length - 1;
  const lines = chart.labels.map((label) => label.split("\n"));
  const labelWidth = Math.max(...lines.flat().map((line) => line.length)) * sign * 0.67 + GAP_PX;
  const deepest = Math.max(...lines.map((parts) => parts.length));
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [-0.6, last + 0.6] }, y: { range: (_, __, max) => [0, max * 1.1 || 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: sign * (1.2 + 1.5 * deepest),
        // Only places that have a bar, and no more of them than can be read.
        splits: (plot) => {
          const every = Math.ceil((chart.labels.length * labelWidth) / plot.width);
          return chart.labels.map((_, place) => place).filter((place) => place % every === 0);
        },
        values: (_, places) => places.map((place) => chart.labels[place]),
      },
      { ...axis, size: sign * 5.3, incrs: STEPS, values: (_, values) => values.map((value) => value.toLocaleString()) },
    ],
    series: [
      {},
      { fill: colour("--accent"), width: 0, paths: uPlot.paths.bars({ size: [0.7, 80] }), points: { show: false } },
    ],
  };
}

/** Sentences as labels are broken into lines as wide as their bars. */
function fitted(chart, box) {
  if (!chart.labels.some((label) => label.length > SENTENCE)) return chart;
  const room = Math.floor((box.clientWidth / (chart.labels.length + 1) - GAP_PX) / (signOf(box) * 0.67));
  const labels = chart.labels.map((label) => inLines(label, room));
  return labels.includes(null) ? null : { ...chart, labels };
}

/** One bar for each of `chart.labels`, as high as its number in `chart.values`, instead of what `box` held.
 *  A chart whose words have no room, on a phone, is not shown: the table below it has the same numbers. */
export function drawBars(box, whole) {
  const figure = box.closest("figure") ?? box;
  figure.hidden = false;
  box.replaceChildren();
  const chart = fitted(whole, box);
  figure.hidden = chart === null;
  if (chart === null) return;
  new uPlot(options(chart, box), [chart.labels.map((_, place) => place), chart.values], box);
}
