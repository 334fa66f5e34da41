/** The session's document and what travels with it; docs/viewer-protocol.md says what each field means. Triples are z, y, x. */

export type Triple = [number, number, number];
export type Span = [number, number];
export type Box = [Span, Span, Span];

export interface Frame {
  shape: Triple;
  spacing: Triple | null;
  origin: Triple;
  unit: string | null;
}

export interface Level {
  shape: Triple;
  spacing: Triple;
  origin: Triple;
  /** Frame voxels along one voxel. */
  factor: Triple;
  approximate: boolean;
}

export type Stored = "u8" | "u16" | "u32";
export type Role = "image" | "labels";

/** value = offset + scale * stored. */
export interface Encoding {
  scale: number;
  offset: number;
}

export interface Layer {
  id: string;
  name: string;
  role: Role;
  version: number;
  source: string;
  path: string;
  dtype: string;
  stored: Stored;
  encoding: Encoding;
  range: Span;
  window: Span;
  brick: number;
  levels: Level[];
  status: "ready" | "computing" | "failed";
  note: string | null;
  region: Box | null;
  job: string | null;
}

export interface Display {
  visible: boolean;
  opacity: number;
  window: Span;
  colormap: string;
  inverted: boolean;
  isolate: number | null;
  names: Record<string, string>;
  colors: Record<string, string>;
}

export type Layout = "quad" | "xy" | "xz" | "yz" | "volume";
export type Mode = "dvr" | "mip" | "minip" | "average" | "iso";

export interface Camera {
  position: Triple;
  target: Triple;
  up: Triple;
  zoom: number;
  orthographic: boolean;
}

export interface View {
  layout: Layout;
  slice: Triple;
  center: Triple;
  zoom: number | null;
  camera: Camera | null;
  mode: Mode;
  iso: number | null;
  interpolate: boolean;
}

export interface Roi {
  start: Triple;
  end: Triple;
}

export type ParamValue = number | string | (number | string)[] | null;

export interface Step {
  filter: string;
  params: Record<string, ParamValue>;
  enabled: boolean;
  /** How a function of Python is used, when the step is one; kept as it came. */
  function?: unknown;
}

export interface Filter {
  enabled: boolean;
  steps: Step[];
}

export interface Compare {
  a: string;
  b: string;
  mode: "wipe" | "hold" | "difference" | "side-by-side";
  position: number;
}

export interface Job {
  id: string;
  name: string;
  output: string;
  command: string;
  status: "waiting" | "running" | "done" | "failed" | "cancelled";
  stage: string;
  done: number;
  total: number;
  voxels_per_second: number | null;
  eta_seconds: number | null;
  resident_bytes: number;
  budget_bytes: number;
  message: string | null;
  layer: string | null;
  resumable: boolean;
}

export interface Document {
  session: string;
  revision: number;
  changed: Record<string, { revision: number; client: string }>;
  frame: Frame | null;
  layers: Layer[];
  display: Record<string, Display>;
  active: string | null;
  view: View;
  roi: Roi;
  crop: boolean;
  filter: Filter;
  threshold: [number, number | null] | null;
  compare: Compare | null;
  residency: { level: number; loaded: number; client: string } | null;
  jobs: Job[];
  memory: { resident_bytes: number; budget_bytes: number };
  screenshot: number;
}

/** What a client may change: a JSON merge patch of these keys. */
export type Patch = {
  [K in
    | "active"
    | "view"
    | "roi"
    | "crop"
    | "filter"
    | "threshold"
    | "compare"
    | "residency"
    | "display"]?: unknown;
};

export interface Brick {
  level: number;
  position: Triple;
  /** Waiting: ask again later. */
  status: "data" | "constant" | "outside" | "failed" | "waiting";
  kind: Stored;
  min: number;
  max: number;
  data: Uint8Array | Uint16Array | Uint32Array | null;
  message: string | null;
}

export interface Plane {
  axis: "z" | "y" | "x";
  index: number;
  start: Triple;
  shape: Triple;
  data: Uint8Array | Uint16Array | Uint32Array;
}

export interface Preview {
  seq: number;
  stored: Stored;
  encoding: Encoding;
  role: Role;
  approximate: boolean;
  roi_only: boolean;
  milliseconds: number;
  planes: Plane[];
}

export interface Histogram {
  level: number;
  voxels: number;
  nan: number;
  edges: Span;
  counts: number[];
  percentiles: Record<string, number>;
  approximate: boolean;
}

export interface Failure {
  kind: string;
  message: string;
  parameter?: string;
  least_bytes?: number;
}
