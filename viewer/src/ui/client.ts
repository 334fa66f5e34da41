/** What the panels need of the connection to the server. */

import type { BrickSource } from "../engine/types";
import type {
  Document,
  Failure,
  Histogram,
  Job,
  Patch,
  Preview,
  Step,
  Triple,
} from "../protocol/document";
import type {
  Descriptor,
  JobRequest,
  Outline,
  Plan,
  PreviewRequest,
  Value,
} from "../protocol/filters";
import type { Accepted } from "./logic/sync";

export type Connection = "connecting" | "connected" | "gone";
export type Rung = "direct" | "proxy" | "comm";

export interface Client extends BrickSource {
  readonly name: string;
  readonly rung: Rung;
  patch(patch: Patch): Promise<Accepted>;
  /** Follows the document until the answer is called. */
  watch(on: {
    document(document: Document): void;
    connection(state: Connection): void;
  }): () => void;
  histogram(
    layer: string,
    wish: { region: "roi" | "volume"; bins: number },
    signal?: AbortSignal,
  ): Promise<Histogram>;
  value(layer: string, at: Triple, signal?: AbortSignal): Promise<Value>;
  filters(): Promise<Descriptor[]>;
  outline(steps: Step[], level: number, signal?: AbortSignal): Promise<Outline>;
  preview(request: PreviewRequest, signal?: AbortSignal): Promise<Preview>;
  plan(job: JobRequest, signal?: AbortSignal): Promise<Plan>;
  startJob(job: JobRequest): Promise<string>;
  cancelJob(id: string): Promise<void>;
  resumeJob(id: string): Promise<Job>;
  screenshot(serial: number, picture: Blob): Promise<void>;
  /** Where other programs read a layer as OME-Zarr; `null` where only the kernel knows the server. */
  zarrAddress(layer: string): Promise<string | null>;
  dispose(): void;
}

/** What the server refused, when an error is that. */
export function failureOf(error: unknown): Failure | null {
  const failure = (error as { failure?: Failure } | null)?.failure;
  return failure ?? null;
}

/** A sentence for people. */
export function sentenceOf(error: unknown): string {
  return failureOf(error)?.message ?? (error instanceof Error ? error.message : String(error));
}

/** True for answers that nobody waits for any more. */
export function isOutdated(error: unknown): boolean {
  const name = (error as { name?: string } | null)?.name;
  return name === "AbortError" || failureOf(error)?.kind === "superseded";
}
