/** The region of interest in numbers. */

import { useState } from "preact/hooks";
import type { Frame, Roi as Region, Triple } from "../../protocol/document";
import { clampRoi, roiLevels, roiPython, roiSize, wholeRoi } from "../logic/roi";
import { bestUnit, bytesText, figure, unitOf, voxelMeters } from "../logic/units";
import { CopyButton, IconButton, Section } from "../parts/controls";
import { NumberField } from "../parts/fields";
import { useViewer } from "../state/viewer";

const AXES = ["x", "y", "z"] as const;
const INDEX = { z: 0, y: 1, x: 2 } as const;

export function Roi() {
  const { store } = useViewer();
  const frame = store.frame.value;
  const roi = store.document.value?.roi;
  const [physical, setPhysical] = useState(false);
  const whole = frame && roi && JSON.stringify(wholeRoi(frame)) === JSON.stringify(roi);
  const known = voxelMeters(frame) !== null;
  const actions = frame && (
    <>
      {known && (
        <div class="segments" role="group" aria-label="Numbers in">
          <Unit now={!physical} title="voxels" onChoose={() => setPhysical(false)} />
          <Unit now={physical} title="units" onChoose={() => setPhysical(true)} />
        </div>
      )}
      <IconButton
        icon="reset"
        label="The whole volume"
        small
        disabled={Boolean(whole)}
        onClick={() => store.change({ roi: wholeRoi(frame) })}
      />
    </>
  );
  return (
    <Section title="ROI" id="roi" actions={actions}>
      {frame && roi ? (
        <>
          <Fields {...{ frame, roi, physical: physical && known }} />
          <Sizes {...{ frame, roi }} />
        </>
      ) : (
        <p class="empty">No volume, no region.</p>
      )}
    </Section>
  );
}

function Unit({ now, title, onChoose }: { now: boolean; title: string; onChoose(): void }) {
  return (
    <button type="button" class="button small" aria-pressed={now} onClick={onChoose}>
      {title}
    </button>
  );
}

interface RoiProps {
  frame: Frame;
  roi: Region;
  physical: boolean;
}

function Fields({ frame, roi, physical }: RoiProps) {
  const { store } = useViewer();
  const scale = scaleOf(frame, physical);
  const set = (edge: "start" | "end", axis: number, value: number | null) => {
    if (value === null) return;
    const next = { start: [...roi.start] as Triple, end: [...roi.end] as Triple };
    next[edge][axis] = scale.toVoxel(value, axis);
    store.change({ roi: clampRoi(next, frame, edge) });
  };
  return (
    <div class="roi">
      <span />
      <span class="head">from {scale.unit}</span>
      <span class="head">to, excluded</span>
      {AXES.map((name) => {
        const axis = INDEX[name];
        const field = (edge: "start" | "end", words: string) => (
          <NumberField
            label={`ROI: ${words} along ${name}, ${scale.unit}`}
            kind="small"
            value={scale.fromVoxel(roi[edge][axis], axis)}
            step={scale.step(axis)}
            onCommit={(value) => set(edge, axis, value)}
          />
        );
        return [
          <b key={name} class={name}>
            {name}
          </b>,
          field("start", "first edge"),
          field("end", "last edge"),
        ];
      })}
    </div>
  );
}

/** Between voxel edges and what the fields show: voxels, or the outer edges in the world. */
function scaleOf(frame: Frame, physical: boolean) {
  const edges = voxelMeters(frame);
  const own = unitOf(frame.unit);
  if (!physical || !edges || !own)
    return {
      unit: "voxel",
      toVoxel: (v: number, _: number) => v,
      fromVoxel: (v: number, _: number) => v,
      step: (_: number) => 1,
    };
  const unit = bestUnit(Math.max(...frame.shape.map((n, axis) => n * edges[axis])) / 20);
  const zero = (axis: number) => frame.origin[axis] * own.meters - edges[axis] / 2;
  return {
    unit: unit.symbol,
    toVoxel: (v: number, axis: number) => (v * unit.meters - zero(axis)) / edges[axis],
    fromVoxel: (v: number, axis: number) => (v * edges[axis] + zero(axis)) / unit.meters,
    step: (axis: number) => edges[axis] / unit.meters,
  };
}

function Sizes({ frame, roi }: { frame: Frame; roi: Region }) {
  const { store } = useViewer();
  const layer = store.active.value;
  const size = roiSize(roi, frame);
  const now = store.residency.value?.level;
  if (!layer) return null;
  return (
    <>
      {size && <p class="quiet">{size} (x × y × z)</p>}
      <table class="table">
        <thead>
          <tr>
            <th scope="col">level</th>
            <th scope="col">voxels x × y × z</th>
            <th scope="col">size</th>
          </tr>
        </thead>
        <tbody>
          {roiLevels(roi, layer).map(({ level, shape, bytes }) => (
            <tr
              key={level}
              class={level === now ? "now" : ""}
              title={level === now ? "Shown now" : undefined}
            >
              <td>{level}</td>
              <td>
                {[...shape]
                  .reverse()
                  .map((n) => figure(n, 6))
                  .join(" × ")}
              </td>
              <td>{bytesText(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="chips">
        <CopyButton text={() => roiPython(roi, layer)}>Copy as Python</CopyButton>
      </div>
    </>
  );
}
