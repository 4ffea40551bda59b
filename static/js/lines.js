// Draws the line of each <div data-line="name"> over time. Samples are {at: seconds since 1970, name: number or null}.

import uPlot from "../vendor/uplot/uPlot.esm.js";

const KEPT_SECONDS = 6 * 3600;
const AXIS_PX = 56;
const dark = matchMedia("(prefers-color-scheme: dark)");
const boxes = [...document.querySelectorAll("[data-line]")];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let samples = [];
let plots = [];

function options(box) {
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, max) => [0, max * 1.1 || 1] } },
    axes: [
      { ...axis, size: 32, space: 72, values: (_, times) => times.map((time) => clock(time)) },
      { ...axis, size: AXIS_PX, values: (_, values) => values.map((value) => value.toLocaleString()) },
    ],
    series: [{}, { stroke: colour("--accent"), width: 2, spanGaps: false, points: { show: samples.length < 2 } }],
  };
}

const zone = document.querySelector("#as-of").dataset.zone;
const clock = (time) => new Date(time * 1000).toLocaleTimeString([], { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false });
const data = (name) => [samples.map(({ at }) => at), samples.map((sample) => sample[name] ?? null)];

function draw(box) {
  box.replaceChildren();
  return new uPlot(options(box), data(box.dataset.line), box);
}

function drawAll() {
  plots = boxes.map(draw);
}

/** Begin with these samples, oldest first. */
export function drawLines(known) {
  samples = known;
  drawAll();
}

/** One more sample; what is older than the charts' time goes. */
export function addSample(sample) {
  samples = [...samples.filter(({ at }) => at > sample.at - KEPT_SECONDS && at < sample.at), sample];
  plots.forEach((plot, place) => plot.setData(data(boxes[place].dataset.line)));
}

dark.addEventListener("change", drawAll);
addEventListener("resize", drawAll);
