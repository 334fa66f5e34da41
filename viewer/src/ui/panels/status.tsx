/** The line below the views. */

import type { Frame, Triple } from "../../protocol/document";
import { lineText } from "../logic/ruler";
import { bestUnit, bytesText, figure, unitOf, voxelMeters } from "../logic/units";
import { useViewer } from "../state/viewer";

export function Status() {
  return (
    <div class="status" role="group" aria-label="Status">
      <Reading />
      <Distance />
      <Level />
      <Stored />
      <Memory />
      <Link />
    </div>
  );
}

/** What the ruler measures. */
function Distance() {
  const { ruler, store } = useViewer();
  const line = ruler.line.value;
  const frame = store.frame.value;
  return <span role="status">{line && frame ? `ruler ${lineText(line, frame)}` : ""}</span>;
}

/** x, y, z of a voxel's middle in the unit that suits the volume. */
export function placeText(voxel: Triple, frame: Frame): string | null {
  const edges = voxelMeters(frame);
  const own = unitOf(frame.unit);
  if (!edges || !own) return null;
  const unit = bestUnit(Math.max(...frame.shape.map((n, axis) => n * edges[axis])) / 20);
  const at = voxel.map((v, a) => (frame.origin[a] * own.meters + v * edges[a]) / unit.meters);
  return `x ${figure(at[2], 5)}, y ${figure(at[1], 5)}, z ${figure(at[0], 5)} ${unit.symbol}`;
}

function Reading() {
  const { store } = useViewer();
  const frame = store.frame.value;
  const reading = store.reading.value;
  const voxel = reading?.voxel ?? store.document.value?.view.slice;
  if (!frame || !voxel) return <span class="reading" />;
  const place = placeText(voxel, frame);
  return (
    <span class="reading">
      {reading?.values.map(({ layer, value }) => {
        const { name = layer, role } = store.layers.value.find(({ id }) => id === layer) ?? {};
        const text = value === null ? "outside" : value === "nan" ? "NaN" : figure(value, 7);
        return (
          <span key={layer} class="value" title={name}>
            {role === "labels" ? `${name} ${text}` : text}
            <span class="quiet"> · </span>
          </span>
        );
      })}
      <span class="quiet">
        {place}
        {place && !store.compact.value && " · "}
        {!(place && store.compact.value) && `voxel ${[...voxel].reverse().join(", ")}`}
      </span>
    </span>
  );
}

function Level() {
  const { store } = useViewer();
  const residency = store.residency.value;
  const layer = store.active.value;
  if (!residency || !layer) return null;
  const last = layer.levels.length - 1;
  const loaded = Math.floor(residency.loaded * 100);
  return (
    <span title="Coarsest level that is still shown in the ROI; 0 is full resolution">
      {last > 0 ? `level ${residency.level} of ${last}` : "full resolution"} · {loaded} % of bricks
    </span>
  );
}

function Stored() {
  const { store } = useViewer();
  const layer = store.active.value;
  if (!layer || store.compact.value) return null;
  return (
    <span class="clip" style="flex:0 1 auto" title={`${layer.source}, ${layer.dtype}`}>
      {layer.source} · {layer.dtype}
    </span>
  );
}

function Memory() {
  const { store } = useViewer();
  const residency = store.residency.value;
  const memory = store.document.value?.memory;
  if (!residency || store.compact.value) return null;
  const server = memory
    ? `; server ${bytesText(memory.resident_bytes)} of ${bytesText(memory.budget_bytes)}`
    : "";
  return (
    <span title={`Bricks on the graphics card${server}`}>
      {bytesText(residency.resident_bytes)} / {bytesText(residency.budget_bytes)}
    </span>
  );
}

const RUNGS = {
  direct: "connected",
  proxy: "connected through the notebook's proxy",
  comm: "over the kernel: pauses while a cell runs",
};

function Link() {
  const { store } = useViewer();
  const state = store.connection.value;
  const words =
    state === "connected"
      ? RUNGS[store.client.rung]
      : state === "gone"
        ? "disconnected"
        : "connecting";
  return (
    <span role="status">
      <i class={`dot ${state}`} />
      {words}
    </span>
  );
}
