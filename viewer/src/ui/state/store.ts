/** What the panels show, as signals: the document, and what belongs to this view alone. */

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Engine, Panes, Residency } from "../../engine/types";
import type { Display, Document, Frame, Layer, Patch, Triple } from "../../protocol/document";
import { type Client, type Connection, failureOf, sentenceOf } from "../client";
import type { PaneName } from "../logic/panes";
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
  readonly steps = computed(() => this.document.value?.filter.steps ?? []);

  private readonly sync: Sync;
  private readonly stopWatching: () => void;
  private notice = 0;

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
      isUnreachable: (error) => failureOf(error)?.kind === "unreachable",
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

  /** Changes how a layer is shown. */
  show(layer: string, display: Partial<Display>, final?: boolean): void {
    const patch: Patch = { display: { [layer]: display } };
    if (final === undefined) return this.change(patch);
    for (const key of Object.keys(display)) this.drag(`display.${layer}.${key}`, patch, final);
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
