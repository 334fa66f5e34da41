/** The curve of the histogram, drawn by uPlot. Counts are shown by their logarithm: few voxels matter too. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Histogram } from "../../protocol/document";
import { barsOf, heights } from "../logic/bins";
import { figure } from "../logic/units";
import { useViewer } from "../state/viewer";

interface PlotProps {
  counts: Histogram | null;
  span: [number, number];
}

export function Plot({ counts, span }: PlotProps) {
  const { store } = useViewer();
  const element = useRef<HTMLDivElement>(null);
  const theme = store.theme.value;
  const [low, high] = span;
  useEffect(() => {
    const root = element.current;
    if (!root || !counts) return;
    const plot = new uPlot(options(root, [low, high]), dataOf(counts, [low, high]), root);
    const watch = new ResizeObserver(() =>
      plot.setSize({ width: root.clientWidth, height: root.clientHeight }),
    );
    watch.observe(root);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [counts, low, high, theme]);
  const words = counts
    ? `Histogram from ${figure(low, 5)} to ${figure(high, 5)}, median ${figure(counts.percentiles["50"], 5)}`
    : "Histogram";
  return <div ref={element} style="position:absolute;inset:0" role="img" aria-label={words} />;
}

function dataOf(counts: Histogram, span: [number, number]): uPlot.AlignedData {
  const bars = barsOf(counts, span);
  const tops = heights(bars.counts);
  return [bars.edges, [...tops, tops.at(-1) ?? 0]];
}

/** A tick's number, unless half of it would be cut off. */
function tickText(plot: uPlot, tick: number): string {
  const text = figure(tick, 4);
  const at = plot.valToPos(tick, "x");
  const half = text.length * 3.5;
  return at < half || at > plot.width - half ? "" : text;
}

function options(root: HTMLElement, span: [number, number]): uPlot.Options {
  const color = (name: string) => getComputedStyle(root).getPropertyValue(name).trim();
  return {
    width: root.clientWidth,
    height: root.clientHeight,
    padding: [2, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: false, range: span },
      y: { range: (_, __, most) => [0, Math.max(most, 0.5) * 1.04] },
    },
    axes: [
      {
        size: 22,
        font: `10px ${color("--font")}`,
        stroke: color("--faint"),
        grid: { show: false },
        ticks: { stroke: color("--line"), size: 4, width: 1 },
        gap: 3,
        space: 46,
        values: (plot, ticks) => ticks.map((tick) => tickText(plot, tick)),
      },
      { show: false },
    ],
    series: [
      {},
      {
        stroke: color("--dim"),
        width: 1,
        fill: color("--track"),
        points: { show: false },
        paths: uPlot.paths.stepped?.({ align: 1 }) ?? undefined,
      },
    ],
  };
}
