/** A viewer in the middle of work: two filters, a ROI, a threshold, labels, a run. */

const steps = [
  { filter: "median", params: { radius: 2 }, enabled: true },
  { filter: "gaussian", params: { sigma: "20 um" }, enabled: true },
];
export const job = {
  id: "job-1",
  name: "tibia-median-gaussian",
  output: "tibia-median-gaussian.ome.zarr",
  command: "voxsieve run …",
  status: "running",
  stage: "filter",
  done: 212,
  total: 512,
  voxels_per_second: 2.1e8,
  eta_seconds: 190,
  resident_bytes: 430e6,
  budget_bytes: 2147483648,
  message: null,
  layer: null,
  resumable: false,
};
export const busy = {
  layers: ["image", "filtered", "pores"] as ("image" | "filtered" | "pores")[],
  document: {
    filter: { steps },
    jobs: [job],
    roi: { start: [10, 20, 16], end: [80, 110, 104] },
    threshold: [9000, null],
    display: {
      pores: {
        visible: true,
        opacity: 0.5,
        window: [0, 1],
        colormap: "gray",
        inverted: false,
        isolate: null,
        names: { "1": "marrow" },
        colors: {},
      },
    },
  },
};
