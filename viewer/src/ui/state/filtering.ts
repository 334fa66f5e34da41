/** The filter chain: its changes, its preview, and what the server says of it. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { Space } from "../../engine/geometry";
import { fitZoom } from "../../engine/panes";
import type { ParamValue, Preview, Step } from "../../protocol/document";
import type { Descriptor, Outline, PreviewRequest } from "../../protocol/filters";
import { failureOf, isOutdated, sentenceOf } from "../client";
import { Previews } from "../logic/previews";
import { previewLevel, type Seen, seenBox, toLevel, voxelAt } from "../logic/region";
import { type Greys, setParam } from "../logic/steps";
import type { Store } from "./store";

/** What is wrong with a chain: at a parameter where the server says which. */
export interface ChainError {
  parameter: string | null;
  text: string;
}

type Wish = Omit<PreviewRequest, "seq">;

export class Filtering {
  readonly descriptors = signal<Descriptor[] | null>(null);
  readonly outline = signal<Outline | null>(null);
  readonly error = signal<ChainError | null>(null);
  readonly working = signal(false);
  readonly lastPreview = signal<Preview | null>(null);
  readonly greys: ReadonlySignal<Greys | null>;

  /** The level that previews come from. */
  private readonly level = computed(() => this.wish(this.store.steps.value)?.level ?? 0);
  private readonly previews: Previews<Wish, Preview>;
  private readonly stop: (() => void)[] = [];
  private outlining: AbortController | null = null;

  constructor(private readonly store: Store) {
    this.greys = computed(() => {
      const layer = store.base.value;
      if (!layer) return null;
      const { window } = store.display(layer);
      return { range: layer.range, window, threshold: store.document.value?.threshold ?? null };
    });
    this.previews = new Previews<Wish, Preview>({
      ask: (request, signal) => this.ask(request, signal),
      show: (preview, { level }) => this.show(preview, level),
      rest: () => store.commit(),
      failed: (error) => this.fail(error),
      now: () => performance.now(),
      later: (run, milliseconds) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    });
    this.stop.push(effect(() => this.loadDescriptors()));
    this.stop.push(
      effect(() => {
        void this.describe(store.steps.value, store.base.value?.id ?? null, this.level.value);
      }),
    );
  }

  /** Sets the chain at once. */
  set(steps: Step[]): void {
    this.previews.cancel();
    this.store.propose({ filter: { steps } });
    this.previews.move(this.wish(steps));
    this.previews.finish();
    if (!steps.some((step) => step.enabled)) this.store.engine.value?.clearPreview();
  }

  /** A parameter under the user's hand: the picture first, the chain after a rest. */
  tune(index: number, name: string, value: ParamValue): void {
    const steps = setParam(this.store.steps.value, index, name, value);
    this.store.propose({ filter: { steps } });
    this.previews.move(this.wish(steps));
  }

  enable(enabled: boolean): void {
    this.previews.cancel();
    this.store.change({ filter: { enabled } });
    if (!enabled) this.store.engine.value?.clearPreview();
  }

  descriptor(filter: string): Descriptor | null {
    return this.descriptors.value?.find(({ name }) => name === filter) ?? null;
  }

  /** CSS pixels per frame voxel along each axis in the slice views. */
  scale(): [number, number, number] | null {
    const { frame, panes, document } = this.store;
    if (!frame.value || !document.value) return null;
    const space = new Space(frame.value);
    const zoom = document.value.view.zoom ?? fitZoom(space, panes.value);
    const finest = Math.min(...space.spacing);
    return space.spacing.map((edge) => (zoom * edge) / finest) as [number, number, number];
  }

  private wish(steps: Step[]): Wish | null {
    const { document, base, panes } = this.store;
    const scale = this.scale();
    const [state, layer] = [document.value, base.value];
    const on = steps.filter((step) => step.enabled);
    if (!state?.filter.enabled || !layer || !scale || on.length === 0) return null;
    const axes = (["z", "y", "x"] as const).filter((axis) => panes.value[axis]);
    const seen: Seen = { scale, panes: panes.value, view: state.view, roi: state.roi };
    const box = seenBox(seen);
    if (!box || axes.length === 0) return null;
    const level = previewLevel(layer, seen, box, devicePixelRatio);
    const slice = voxelAt(state.view.slice, layer, level);
    const region = toLevel(box, layer, level);
    return { layer: layer.id, level, steps: on, region, slice, axes };
  }

  private async ask(request: PreviewRequest, signal: AbortSignal): Promise<Preview> {
    this.working.value = true;
    try {
      return await this.store.client.preview(request, signal);
    } finally {
      this.working.value = false;
    }
  }

  private show(preview: Preview, level: number): void {
    this.lastPreview.value = preview;
    this.store.engine.value?.showPreview(preview, level);
  }

  private fail(error: unknown): void {
    if (isOutdated(error)) return;
    this.error.value = {
      parameter: failureOf(error)?.parameter ?? null,
      text: sentenceOf(error),
    };
  }

  private loadDescriptors(): void {
    if (this.store.connection.value !== "connected" || this.descriptors.peek()) return;
    this.store.client.filters().then(
      (list) => {
        this.descriptors.value = list;
      },
      (error) => this.store.say("error", sentenceOf(error)),
    );
  }

  private async describe(steps: Step[], layer: string | null, level: number): Promise<void> {
    this.outlining?.abort();
    const on = steps.filter((step) => step.enabled);
    if (!layer || on.length === 0) {
      this.outline.value = null;
      this.error.value = null;
      return;
    }
    const abort = new AbortController();
    this.outlining = abort;
    try {
      this.outline.value = await this.store.client.outline(on, level, abort.signal);
      this.error.value = null;
    } catch (error) {
      if (!abort.signal.aborted) this.fail(error);
    }
  }

  dispose(): void {
    this.previews.cancel();
    this.outlining?.abort();
    for (const stop of this.stop) stop();
  }
}
