// Draws bars with uPlot, in the colours of the page.

import uPlot from "../vendor/uplot/uPlot.esm.js";

const GAP_PX = 16;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(chart, box) {
  // Three quarters of the text beside it.
  const sign = 0.75 * parseFloat(getComputedStyle(box).fontSize);
  const axis = {
    font: `${sign}px ${colour("--text")}`,
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const last = chart.labels.length - 1;
  const labelWidth = Math.max(...chart.labels.map((label) => label.length)) * sign * 0.67 + GAP_PX;
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
        size: sign * 2.7,
        // Only places that have a bar, and no more of them than can be read.
        splits: (plot) => {
          const every = Math.ceil((chart.labels.length * labelWidth) / plot.width);
          return chart.labels.map((_, place) => place).filter((place) => place % every === 0);
        },
        values: (_, places) => places.map((place) => chart.labels[place]),
      },
      { ...axis, size: sign * 5.3, values: (_, values) => values.map((value) => value.toLocaleString()) },
    ],
    series: [
      {},
      { fill: colour("--accent"), width: 0, paths: uPlot.paths.bars({ size: [0.7, 80] }), points: { show: false } },
    ],
  };
}

/** One bar for each of `chart.labels`, as high as its number in `chart.values`, instead of what `box` held. */
export function drawBars(box, chart) {
  box.replaceChildren();
  new uPlot(options(chart, box), [chart.labels.map((_, place) => place), chart.values], box);
}
