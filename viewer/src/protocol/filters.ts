/** Filters as `schema/filters.json` describes them, and what the server says of a chain. */

import type { Box, Step, Triple } from "./document";

export type ParamKind =
  | "number"
  | "length"
  | "wholelength"
  | "size"
  | "volume"
  | { choice: string[] };

export interface Param {
  name: string;
  doc: string;
  kind: ParamKind;
  default: number | null;
  limits: [number, number] | null;
  slider: [number, number] | null;
  bounds_window?: boolean;
}

export interface Descriptor {
  name: string;
  title: string;
  doc: string;
  category: string;
  params: Param[];
}

export interface Outline {
  spec: unknown;
  halo: unknown;
  whole: boolean;
  notes: string[];
  copies: { command: string; python: string; pipeline: string };
}

export interface PreviewRequest {
  seq: number;
  layer: string;
  level: number;
  steps: Step[];
  region: Box;
  slice: Triple;
  axes: ("z" | "y" | "x")[];
}

export interface JobRequest {
  name: string;
  region: "volume" | "roi";
  level: number;
  steps?: Step[];
  overwrite: boolean;
  resume: boolean;
}

export interface Plan {
  peak_bytes: number;
  least_bytes: number;
  budget_bytes: number;
  disk_bytes: number;
  free_bytes: number;
  seconds: [number, number] | null;
  output: string;
  exists: boolean;
}

export interface Value {
  value: number | "nan" | null;
  voxel: Triple;
  world: Triple;
  unit: string | null;
  level: number;
}
