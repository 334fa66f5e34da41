/** Bins of a histogram as they are drawn. */

import type { Histogram } from "../../protocol/document";

export interface Bars {
  /** Left ends of the bars, and the right end of the last. */
  edges: number[];
  counts: number[];
}

/** Bars at most that are drawn over the width of the panel. */
const MOST = 256;

/** The part of a histogram between two values, neighbours joined until there are few enough bars. */
export function barsOf({ edges, counts }: Histogram, [low, high]: [number, number]): Bars {
  const width = (edges[1] - edges[0]) / counts.length || 1;
  const place = (value: number) => (value - edges[0]) / width;
  const first = Math.max(0, Math.floor(place(low)));
  const last = Math.min(counts.length, Math.max(first + 1, Math.ceil(place(high))));
  const group = Math.ceil((last - first) / MOST);
  const bars: Bars = { edges: [], counts: [] };
  for (let i = first; i < last; i += group) {
    bars.edges.push(edges[0] + i * width);
    bars.counts.push(counts.slice(i, Math.min(i + group, last)).reduce((a, b) => a + b, 0));
  }
  bars.edges.push(edges[0] + last * width);
  return bars;
}

/** The values that a histogram shows: all, or the window with some room beside it. */
export function spanOf(
  all: [number, number],
  window: [number, number],
  zoomed: boolean,
): [number, number] {
  const whole: [number, number] = all[1] > all[0] ? all : [all[0] - 0.5, all[0] + 0.5];
  if (!zoomed) return whole;
  const room = (window[1] - window[0]) * 0.1;
  const low = Math.max(whole[0], window[0] - room);
  const high = Math.min(whole[1], window[1] + room);
  return low < high ? [low, high] : whole;
}

/** Heights of bars: few voxels matter too, so by the logarithm. */
export const heights = (counts: number[]): number[] => counts.map((n) => Math.log10(1 + n));
