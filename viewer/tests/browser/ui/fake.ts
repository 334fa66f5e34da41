/** A client without a server: the document in memory, volumes of known voxels, answers after a while. */

import type {
  Document,
  Histogram,
  Job,
  Layer,
  Patch,
  Preview,
  Step,
  Triple,
} from "../../../src/protocol/document";
import type {
  Descriptor,
  JobRequest,
  Outline,
  Plan,
  PreviewRequest,
  Value,
} from "../../../src/protocol/filters";
import type { Client, Connection, Rung } from "../../../src/ui/client";
import { applyPatch } from "../../../src/ui/logic/merge";
import { type Phantom, voxel } from "../page/phantom";
import { FakeSource } from "../page/source";
import { planesOf } from "./planes";

export class Refused extends Error {
  constructor(
    readonly failure: { kind: string; message: string; parameter?: string; least_bytes?: number },
  ) {
    super(failure.message);
  }
}

export class FakeClient implements Client {
  readonly name = "c-test";
  rung: Rung = "direct";
  /** What was asked, for the tests. */
  readonly log: [string, unknown][] = [];
  delay = 0;
  refusal: Refused | null = null;
  outlineError: Refused | null = null;
  notes: string[] = [];
  unreachable = false;
  private readonly source = new FakeSource();
  private listener: { document(d: Document): void; connection(s: Connection): void } | null = null;

  constructor(
    public document: Document,
    readonly phantoms: Phantom[],
    private readonly descriptors: Descriptor[],
  ) {
    for (const one of phantoms) this.source.add(one);
  }

  /** The server changes the document. */
  set(change: object): void {
    const revision = this.document.revision + 1;
    this.document = { ...applyPatch(this.document, change), revision };
    this.listener?.document(this.document);
  }

  connect(state: Connection): void {
    this.listener?.connection(state);
  }

  bricks: Client["bricks"] = (...args) => this.source.bricks(...args);

  watch(on: { document(d: Document): void; connection(s: Connection): void }): () => void {
    this.listener = on;
    queueMicrotask(() => {
      on.connection("connected");
      on.document(this.document);
    });
    return () => {
      this.listener = null;
    };
  }

  async patch(patch: Patch) {
    this.log.push(["patch", patch]);
    await this.wait();
    if (this.unreachable) throw new TypeError("Failed to fetch");
    this.document = { ...applyPatch(this.document, patch), revision: this.document.revision + 1 };
    setTimeout(() => this.listener?.document(this.document), 20);
    return { revision: this.document.revision };
  }

  async histogram(
    layer: string,
    wish: { region: "roi" | "volume"; bins: number },
  ): Promise<Histogram> {
    this.log.push(["histogram", { layer, ...wish }]);
    await this.wait();
    const { levels } = this.phantom(layer);
    const data = levels[1].data;
    const sorted = Array.from(data).sort((a, b) => a - b);
    const edges: [number, number] = [sorted[0], sorted[sorted.length - 1]];
    const counts = new Array<number>(wish.bins).fill(0);
    for (const v of sorted)
      counts[
        Math.min(
          wish.bins - 1,
          Math.floor(((v - edges[0]) / (edges[1] - edges[0] || 1)) * wish.bins),
        )
      ]++;
    const at = (p: number) => sorted[Math.round((p / 100) * (sorted.length - 1))];
    const percentiles = Object.fromEntries([0.1, 1, 50, 99, 99.9].map((p) => [String(p), at(p)]));
    return { level: 1, voxels: data.length, nan: 0, edges, counts, percentiles, approximate: true };
  }

  async value(layer: string, at: Triple): Promise<Value> {
    const level = this.phantom(layer).levels[0];
    return {
      value: voxel(level, at[0], at[1], at[2]),
      voxel: at,
      world: at,
      unit: "micrometer",
      level: 0,
    };
  }

  async filters(): Promise<Descriptor[]> {
    return this.descriptors;
  }

  async outline(steps: Step[]): Promise<Outline> {
    if (this.outlineError) throw this.outlineError;
    const words = steps.map(({ filter }) => filter).join(" then ");
    const copies = {
      command: `voxsieve run scan out ${words}`,
      python: `scan.${words}()`,
      pipeline: `[${words}]`,
    };
    return { spec: {}, halo: [2, 2, 2], whole: false, notes: this.notes, copies };
  }

  async preview(request: PreviewRequest, signal?: AbortSignal): Promise<Preview> {
    this.log.push(["preview", request]);
    await this.wait();
    if (signal?.aborted) throw new DOMException("superseded", "AbortError");
    return planesOf(
      request,
      this.phantom(request.layer),
      this.phantoms.find(({ layer }) => layer.id === "filtered"),
    );
  }

  async plan(job: JobRequest): Promise<Plan> {
    this.log.push(["plan", job]);
    if (this.refusal) throw this.refusal;
    const gib = 2 ** 30;
    return {
      peak_bytes: 0.42 * gib,
      least_bytes: 0.06 * gib,
      budget_bytes: 2 * gib,
      disk_bytes: 1.9 * gib,
      free_bytes: 210 * gib,
      seconds: [38, 61],
      output: `${job.name}.ome.zarr`,
      exists: job.name === "taken",
    };
  }

  async startJob(job: JobRequest): Promise<string> {
    this.log.push(["start", job]);
    return "job-1";
  }

  async cancelJob(id: string): Promise<void> {
    this.log.push(["cancel", id]);
  }

  async resumeJob(id: string): Promise<Job> {
    this.log.push(["resume", id]);
    return this.document.jobs[0];
  }

  async screenshot(serial: number, picture: Blob): Promise<void> {
    this.log.push(["screenshot", { serial, bytes: picture.size }]);
  }

  async zarrAddress(layer: string): Promise<string | null> {
    return this.rung === "comm" ? null : `http://127.0.0.1:1/zarr/0/${layer}.ome.zarr`;
  }

  dispose(): void {
    this.log.push(["dispose", null]);
  }

  private phantom(layer: string): Phantom {
    const found = this.phantoms.find((one) => one.layer.id === layer);
    if (!found) throw new Refused({ kind: "not-found", message: `There is no layer ${layer}.` });
    return found;
  }

  private wait(): Promise<void> {
    return new Promise((done) => setTimeout(done, this.delay));
  }
}

export function documentOf(layers: Layer[], changes: object = {}): Document {
  const first = layers[0]?.levels[0];
  const shape: Triple = first?.shape ?? [1, 1, 1];
  const middle = shape.map((n) => Math.floor(n / 2)) as Triple;
  const base: Document = {
    session: "test",
    revision: 1,
    changed: {},
    frame: first
      ? { shape, spacing: first.spacing, origin: first.origin, unit: "micrometer" }
      : null,
    layers,
    display: {},
    active: layers[0]?.id ?? null,
    view: {
      layout: "quad",
      slice: middle,
      center: shape.map((n) => n / 2) as Triple,
      zoom: null,
      camera: null,
      mode: "dvr",
      iso: null,
      interpolate: false,
    },
    roi: { start: [0, 0, 0], end: shape },
    crop: true,
    filter: { enabled: true, steps: [] },
    threshold: null,
    compare: null,
    residency: null,
    jobs: [],
    memory: { resident_bytes: 120 * 2 ** 20, budget_bytes: 2 ** 30 },
    screenshot: 0,
  };
  return applyPatch(base, changes);
}
