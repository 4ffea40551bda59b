// Draws the bars of each <div data-chart="id">; the script element of that id holds {title, labels, values}.

import uPlot from "../vendor/uplot/uPlot.esm.js";

const SIGN_PX = 8;
const GAP_PX = 16;
const dark = matchMedia("(prefers-color-scheme: dark)");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(chart, box) {
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const last = chart.labels.length - 1;
  const labelWidth = Math.max(...chart.labels.map((label) => label.length)) * SIGN_PX + GAP_PX;
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
        size: 32,
        // Only places that have a bar, and no more of them than can be read.
        splits: (plot) => {
          const every = Math.ceil((chart.labels.length * labelWidth) / plot.width);
          return chart.labels.map((_, place) => place).filter((place) => place % every === 0);
        },
        values: (_, places) => places.map((place) => chart.labels[place]),
      },
      { ...axis, size: 64, values: (_, values) => values.map((value) => value.toLocaleString()) },
    ],
    series: [
      {},
      { fill: colour("--accent"), width: 0, paths: uPlot.paths.bars({ size: [0.7, 80] }), points: { show: false } },
    ],
  };
}

function draw(box) {
  const chart = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  box.replaceChildren();
  new uPlot(options(chart, box), [chart.labels.map((_, place) => place), chart.values], box);
}

const boxes = document.querySelectorAll("[data-chart]");
const drawAll = () => boxes.forEach(draw);
drawAll();
dark.addEventListener("change", drawAll);
addEventListener("resize", drawAll);
