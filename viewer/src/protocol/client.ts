/** The session's endpoints as functions. An answer that is an error becomes a `Refused`. */

import { BrickDecoder, decodePreview } from "./bricks";
import type { Brick, Document, Histogram, Job, Patch, Preview, Step, Triple } from "./document";
import { refusal } from "./errors";
import type { Descriptor, JobRequest, Outline, Plan, PreviewRequest, Value } from "./filters";
import { Follower, type Listeners } from "./follow";
import type { Answer, Exchange, Rung, Transport } from "./transport";

/** The revision that a patch made, and the keys that the server decided otherwise. */
export type Accepted = { revision: number } & Partial<Document>;

/** Bytes of a brick when its layer is not known: 34^3 voxels of two bytes. */
const BRICK_BYTES = 34 ** 3 * 2 + 32;

export class ViewerClient {
  private readonly api: string;
  private readonly followers = new Set<Follower>();
  /** Bytes of a brick record, per layer, as seen. */
  private readonly brickBytes = new Map<string, number>();

  constructor(
    private readonly transport: Transport,
    session: string,
    /** This front-end's name in the document. */
    readonly name: string,
  ) {
    this.api = `/api/${session}`;
  }

  get rung(): Rung {
    return this.transport.rung;
  }

  state(): Promise<Document> {
    return this.json("GET", "/state");
  }

  patch(patch: Patch): Promise<Accepted> {
    return this.json("PATCH", `/state?client=${this.name}`, patch);
  }

  /** Follows the document until the answer is called. */
  watch(on: Listeners): () => void {
    const follower = new Follower(this.transport, this.api, this.name, on);
    this.followers.add(follower);
    return () => {
      follower.stop();
      this.followers.delete(follower);
    };
  }

  /** Bricks as they arrive; through a kernel in several requests, as each answer there must be small. */
  async bricks(
    layer: string,
    version: number,
    level: number,
    positions: Triple[],
    signal: AbortSignal,
    onBrick: (brick: Brick) => void,
  ): Promise<void> {
    const size = this.brickBytes.get(layer) ?? BRICK_BYTES;
    const part = Math.max(1, Math.min(64, Math.floor(this.transport.mostBytes / size)));
    const parts: Triple[][] = [];
    for (let i = 0; i < positions.length; i += part) parts.push(positions.slice(i, i + part));
    const ask = (bricks: Triple[]) =>
      this.fetchBricks(layer, { version, level, bricks }, signal, onBrick);
    await Promise.all(parts.map(ask));
  }

  histogram(
    layer: string,
    wish: { region: "roi" | "volume"; bins: number },
    signal?: AbortSignal,
  ): Promise<Histogram> {
    const query = `region=${wish.region}&level=auto&bins=${wish.bins}`;
    return this.json("GET", `/layers/${layer}/histogram?${query}`, undefined, signal);
  }

  value(layer: string, at: Triple, signal?: AbortSignal): Promise<Value> {
    return this.json("GET", `/layers/${layer}/value?at=${at.join(",")}`, undefined, signal);
  }

  filters(): Promise<Descriptor[]> {
    return this.json("GET", "/filters");
  }

  outline(steps: Step[], level: number, signal?: AbortSignal): Promise<Outline> {
    return this.json("POST", "/outline", { steps, level }, signal);
  }

  async preview(request: PreviewRequest, signal?: AbortSignal): Promise<Preview> {
    const path = `${this.api}/preview?client=${this.name}`;
    const body = JSON.stringify(request);
    const answer = await this.good({ method: "POST", path, body, signal });
    return decodePreview(await answer.bytes());
  }

  plan(job: JobRequest, signal?: AbortSignal): Promise<Plan> {
    return this.json("POST", "/plan", job, signal);
  }

  async startJob(job: JobRequest): Promise<string> {
    return (await this.json<{ job: string }>("POST", "/jobs", job)).job;
  }

  job(id: string): Promise<Job> {
    return this.json("GET", `/jobs/${id}`);
  }

  async cancelJob(id: string): Promise<void> {
    await this.good({ method: "DELETE", path: `${this.api}/jobs/${id}` });
  }

  resumeJob(id: string): Promise<Job> {
    return this.json("POST", `/jobs/${id}/resume`, {});
  }

  async screenshot(serial: number, picture: Blob): Promise<void> {
    const body = new Uint8Array(await picture.arrayBuffer());
    await this.good({ method: "POST", path: `${this.api}/screenshot?serial=${serial}`, body });
  }

  /** Where other programs read a layer as OME-Zarr; `null` where only the kernel knows the server. */
  async zarrAddress(layer: string): Promise<string | null> {
    const { base } = this.transport;
    if (base === null) return null;
    const { zarr } = await this.json<{ zarr: string }>("GET", "/links");
    return new URL(`${base}/${zarr}${layer}.ome.zarr`, location.href).href;
  }

  dispose(): void {
    for (const follower of this.followers) follower.stop();
    this.followers.clear();
    this.transport.dispose();
  }

  private async fetchBricks(
    layer: string,
    wish: { version: number; level: number; bricks: Triple[] },
    signal: AbortSignal,
    onBrick: (brick: Brick) => void,
  ): Promise<void> {
    const path = `${this.api}/layers/${layer}/bricks`;
    const body = JSON.stringify(wish);
    const answer = await this.good({ method: "POST", path, body, signal });
    const decoder = new BrickDecoder();
    for await (const piece of answer.pieces()) {
      for (const brick of decoder.push(piece)) {
        if (brick.data !== null) this.brickBytes.set(layer, brick.data.byteLength + 32);
        onBrick(brick);
      }
    }
    if (!decoder.complete) throw new Error("The server's answer was cut off.");
  }

  private async json<T>(
    method: Exchange["method"],
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.good({ method, path: this.api + path, body: text, signal });
    return JSON.parse(new TextDecoder().decode(await answer.bytes())) as T;
  }

  private async good(exchange: Exchange): Promise<Answer> {
    const answer = await this.transport.request(exchange);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(answer.status, await answer.bytes());
  }
}
