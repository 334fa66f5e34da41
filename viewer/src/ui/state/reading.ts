/** Values that are asked for beside the picture: the voxel under the pointer, and the histogram. */

import { effect, signal } from "@preact/signals";
import type { Histogram, Layer, Triple } from "../../protocol/document";
import { isOutdated, sentenceOf } from "../client";
import type { Store } from "./store";

/** Rest of the ROI after which its histogram is counted. */
const REST = 250;

/** Bins of values that are wider than a byte; a zoomed histogram still has some then. */
const BINS = 1024;

export class Reading {
  readonly histogram = signal<Histogram | null>(null);
  readonly histogramError = signal<string | null>(null);
  readonly counting = signal(false);
  readonly region = signal<"roi" | "volume">("roi");
  /** The window of when the histogram was told to show just that. */
  readonly zoomed = signal<[number, number] | null>(null);

  private wanted: Triple | null = null;
  private asking = false;
  private counter: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stop: () => void;
  private counted: string | undefined;

  constructor(private readonly store: Store) {
    this.stop = effect(() => this.follow());
  }

  /** The pointer is over a voxel; only the newest is asked for. */
  hover(voxel: Triple | null): void {
    this.wanted = voxel;
    if (!voxel) this.store.reading.value = null;
    else if (!this.asking) void this.ask();
  }

  /** Value of one layer at the crosshair. */
  async pick(layer: Layer): Promise<number | null> {
    const slice = this.store.document.value?.view.slice;
    if (!slice) return null;
    const { value } = await this.store.client.value(layer.id, slice);
    return typeof value === "number" ? value : null;
  }

  private async ask(): Promise<void> {
    this.asking = true;
    while (this.wanted) {
      const voxel = this.wanted;
      await this.read(voxel);
      if (this.wanted === voxel) break;
    }
    this.asking = false;
  }

  private async read(voxel: Triple): Promise<void> {
    const { layers, active, client } = this.store;
    const labels = layers.value.filter((l) => l.role === "labels" && this.store.display(l).visible);
    const image = active.value?.role === "image" ? [active.value] : [];
    try {
      const values = await Promise.all(
        [...image, ...labels.slice(0, 3)].map(async (layer) => {
          const { value } = await client.value(layer.id, voxel);
          return { layer: layer.id, value };
        }),
      );
      if (this.wanted) this.store.reading.value = { voxel, values };
    } catch {
      // The connection's own state tells of a server that is gone; a value that is not there is not shown.
      if (this.wanted) this.store.reading.value = { voxel, values: [] };
    }
  }

  private follow(): void {
    const layer = this.store.active.value;
    const region = this.region.value;
    const roi = this.store.document.value?.roi;
    const connected = this.store.connection.value === "connected";
    clearTimeout(this.timer);
    if (layer?.id !== this.counted) this.zoomed.value = null;
    this.counted = layer?.id;
    if (!layer || !connected) return;
    const key = JSON.stringify([
      layer.id,
      layer.version,
      layer.status,
      region,
      region === "roi" ? roi : null,
    ]);
    if (key === this.key) return;
    this.timer = setTimeout(() => void this.count(layer, region, key), this.key ? REST : 0);
  }

  private key: string | null = null;

  private async count(layer: Layer, region: "roi" | "volume", key: string): Promise<void> {
    this.key = key;
    this.counter?.abort();
    const abort = new AbortController();
    this.counter = abort;
    this.counting.value = true;
    try {
      const wish = { region, bins: layer.dtype.endsWith("8") ? 256 : BINS };
      this.histogram.value = await this.store.client.histogram(layer.id, wish, abort.signal);
      this.histogramError.value = null;
    } catch (error) {
      if (isOutdated(error) || abort.signal.aborted) return;
      this.histogramError.value = sentenceOf(error);
    } finally {
      if (this.counter === abort) this.counting.value = false;
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.counter?.abort();
    this.wanted = null;
    this.stop();
  }
}
