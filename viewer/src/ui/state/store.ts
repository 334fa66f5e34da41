/** What the panels show, as signals: the document, and what belongs to this view alone. */

import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { Space } from "../../engine/geometry";
import { fitZoom } from "../../engine/panes";
import type { Engine, Panes, Residency } from "../../engine/types";
import type {
  Display,
  Document,
  Frame,
  Layer,
  Layout,
  Patch,
  Triple,
} from "../../protocol/document";
import { type Client, type Connection, failureOf, sentenceOf } from "../client";
import { LAYOUT_OF, type PaneName } from "../logic/panes";
import { Sync } from "../logic/sync";

export type Theme = "dark" | "light";
export type Interface = "full" | "compact" | "none";

/** A sentence that stays until it is read. */
export interface Notice {
  id: number;
  kind: "error" | "info";
  text: string;
}

export interface Reading {
  voxel: Triple;
  values: { layer: string; value: number | "nan" | null }[];
}

/** Name of the layer that the filter chain makes. */
export const FILTERED = "filtered";

const PLAIN: Display = {
  visible: true,
  opacity: 1,
  window: [0, 1],
  colormap: "gray",
  inverted: false,
  isolate: null,
  names: {},
  colors: {},
};

export class Store {
  readonly document = signal<Document | null>(null);
  readonly connection = signal<Connection>("connecting");
  readonly engine = signal<Engine | null>(null);
  readonly panes = signal<Panes>({});
  /** The view that keys refer to. */
  readonly pane = signal<PaneName>("z");
  readonly focused = signal(false);
  readonly holding = signal(false);
  readonly theme = signal<Theme>("dark");
  readonly compact = signal(false);
  readonly reading = signal<Reading | null>(null);
  readonly residency = signal<Residency | null>(null);
  readonly trouble = signal<string | null>(null);
  readonly contextLost = signal(false);
  readonly notices = signal<Notice[]>([]);
  readonly dialog = signal<"apply" | "help" | null>(null);

  readonly frame: ReadonlySignal<Frame | null> = computed(() => this.document.value?.frame ?? null);
  readonly layers = computed(() => this.document.value?.layers ?? []);
  readonly active: ReadonlySignal<Layer | null> = computed(() => {
    const id = this.document.value?.active;
    return this.layers.value.find((layer) => layer.id === id) ?? null;
  });
  /** The layer that the filter is over: the last active image but the filtered one. */
  readonly base: ReadonlySignal<Layer | null> = computed(() => {
    const active = this.active.value;
    if (active && active.id !== FILTERED) this.lastBase = active.id;
    const images = this.layers.value.filter(({ id }) => id !== FILTERED);
    return images.find(({ id }) => id === this.lastBase) ?? images[0] ?? null;
  });
  readonly filtered = computed(() => this.layers.value.find(({ id }) => id === FILTERED) ?? null);
  /** The layout as it is here: the compact form shows one view of four. */
  readonly layout: ReadonlySignal<Layout> = computed(() => {
    const layout = this.document.value?.view.layout ?? "quad";
    return this.compact.value && layout === "quad" ? LAYOUT_OF[this.pane.value] : layout;
  });
  readonly steps = computed(() => this.document.value?.filter.steps ?? []);

  private readonly sync: Sync;
  private readonly stopWatching: () => void;
  private notice = 0;
  private lastBase: string | null = null;

  constructor(
    readonly client: Client,
    readonly ui: Interface,
  ) {
    this.sync = new Sync({
      send: (patch) => client.patch(patch),
      schedule: (run) => void requestAnimationFrame(run),
      publish: (document) => {
        this.document.value = document;
      },
      refused: (error) => this.say("error", sentenceOf(error)),
      isUnreachable: (error) => failureOf(error) === null,
    });
    this.stopWatching = client.watch({
      document: (document) => batch(() => this.sync.receive(document)),
      connection: (state) => {
        this.connection.value = state;
      },
    });
  }

  change(patch: Patch): void {
    this.sync.change(patch);
  }

  /** A change while the user drags something; the last one is `final`. */
  drag(path: string, patch: Patch, final: boolean): void {
    this.sync.hold(path);
    this.sync.change(patch);
    if (final) this.sync.release(path);
  }

  propose(patch: Patch): void {
    this.sync.propose(patch);
  }

  commit(): void {
    this.sync.commit();
  }

  display(layer: Layer): Display {
    const own = this.document.value?.display[layer.id];
    return { ...PLAIN, window: layer.window, ...own };
  }

  /** CSS pixels per voxel of the finest spacing in the slices. */
  zoomNow(): number {
    const zoom = this.document.value?.view.zoom ?? null;
    if (zoom !== null || !this.frame.value) return zoom ?? 1;
    return fitZoom(new Space(this.frame.value), this.panes.value);
  }

  /** Changes how a layer is shown; the filtered layer goes along as long as it looks the same. */
  show(layer: string, display: Partial<Display>, final?: boolean): void {
    const ids = [layer, ...(this.isAlike(layer, display) ? [FILTERED] : [])];
    const patch: Patch = { display: Object.fromEntries(ids.map((id) => [id, display])) };
    if (final === undefined) return this.change(patch);
    for (const id of ids)
      for (const key of Object.keys(display)) this.drag(`display.${id}.${key}`, patch, final);
  }

  private isAlike(layer: string, display: Partial<Display>): boolean {
    const [base, filtered] = [this.base.value, this.filtered.value];
    if (!base || !filtered || layer !== base.id || filtered.role !== base.role) return false;
    const [one, other] = [this.display(base), this.display(filtered)];
    const shared = ["window", "colormap", "inverted"] as const;
    return (
      shared.some((key) => key in display) &&
      shared.every((key) => String(one[key]) === String(other[key]))
    );
  }

  /** Names the browser's tab after what is shown; the answer ends that. */
  titlePage(): () => void {
    return effect(() => {
      const name = this.base.value?.path || this.base.value?.name;
      globalThis.document.title = name ? `${name} · Voxsieve` : "Voxsieve";
    });
  }

  say(kind: Notice["kind"], text: string): void {
    const others = this.notices.value.filter((notice) => notice.text !== text).slice(-2);
    this.notice += 1;
    this.notices.value = [...others, { id: this.notice, kind, text }];
  }

  unsay(id: number): void {
    this.notices.value = this.notices.value.filter((notice) => notice.id !== id);
  }

  dispose(): void {
    this.stopWatching();
    this.client.dispose();
  }
}
