// The curves of training and held-out loss, drawn by uPlot on a canvas as wide as the panel.
// A canvas knows no theme variables: colours are read from the page at each new theme.

import uPlot from "uplot";
import { lossColumns } from "./lossColumns";
import type { LossChartInput } from "./view";

const HEIGHT_PX = 220;
/** There is no half step. */
const STEP_DISTANCES = [1, 10, 100, 1000, 10_000].flatMap((power) => [
  power,
  2 * power,
  5 * power,
]);

interface Chart {
  plot: uPlot;
  observer: ResizeObserver;
}

const charts = new WeakMap<HTMLElement, Chart>();
const inputs = new WeakMap<HTMLElement, LossChartInput>();
const drawnIn = new Set<WeakRef<HTMLElement>>();

/** Draws, or draws anew with more points. */
export function drawLosses(element: HTMLElement, losses: LossChartInput): void {
  inputs.set(element, losses);
  const chart = charts.get(element);
  if (chart) chart.plot.setData(lossColumns(losses));
  else create(element, losses);
}

/** Draws all charts in the colours of the theme that holds now. */
export function redrawCharts(): void {
  const references = [...drawnIn];
  // Each chart that is drawn anew notes itself again.
  drawnIn.clear();
  for (const reference of references) {
    const element = reference.deref();
    const input = element && inputs.get(element);
    const chart = element && charts.get(element);
    if (!element?.isConnected || !input || !chart) continue;
    chart.observer.disconnect();
    chart.plot.destroy();
    create(element, input);
  }
}

function create(element: HTMLElement, input: LossChartInput): void {
  const size = () => ({ width: element.clientWidth || 300, height: HEIGHT_PX });
  const plot = new uPlot(
    { ...size(), ...optionsOf(element, input) },
    lossColumns(input),
    element,
  );
  const observer = new ResizeObserver(() => plot.setSize(size()));
  observer.observe(element);
  charts.set(element, { plot, observer });
  drawnIn.add(new WeakRef(element));
}

function optionsOf(
  element: HTMLElement,
  { words }: LossChartInput,
): Omit<uPlot.Options, "width" | "height"> {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const foreground = color("--chart-text");
  const font = `11px ${style.fontFamily}`;
  const axis = {
    stroke: foreground,
    font,
    grid: { stroke: color("--chart-grid"), width: 1 },
    ticks: { stroke: color("--chart-grid"), width: 1, size: 4 },
  };
  return {
    legend: { show: true, live: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [
      {
        ...axis,
        space: 60,
        size: 28,
        incrs: STEP_DISTANCES,
        label: words.step,
        labelSize: 18,
        labelFont: font,
      },
      {
        ...axis,
        space: 30,
        size: 44,
        label: words.loss,
        labelSize: 18,
        labelFont: font,
      },
    ],
    series: [
      { label: words.step },
      {
        label: words.training,
        stroke: color("--chart-training"),
        points: { show: false },
        spanGaps: true,
        dash: [6, 3],
        width: 2,
      },
      {
        label: words.heldOut,
        stroke: color("--chart-held-out"),
        width: 2.5,
        spanGaps: true,
        points: { show: true, size: 6 },
      },
    ],
  };
}
