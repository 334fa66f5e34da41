/** What lies over one view: name, slice, scale bar, the handle of a comparison. */

import type { Axis, Rect } from "../../engine/types";
import type { Triple } from "../../protocol/document";
import { PANE_TITLES, type PaneName, PLANE } from "../logic/panes";
import { scaleBar } from "../logic/scalebar";
import { lengthText, unitOf, voxelMeters } from "../logic/units";
import { ModeSelect } from "../panels/toolbar";
import { IconButton } from "../parts/controls";
import { NumberField, Slider } from "../parts/fields";
import { useViewer } from "../state/viewer";
import { RulerLine } from "./ruler";
import { Wipe } from "./wipe";

interface PaneProps {
  name: PaneName;
  rect: Rect;
}

export function PaneOverlay({ name, rect }: PaneProps) {
  const { store, commands } = useViewer();
  const quad = store.layout.value === "quad";
  const current = store.pane.value === name && quad && store.focused.value;
  const style = `left:${rect.left}px;top:${rect.top}px;width:${rect.width}px;height:${rect.height}px`;
  const title = PANE_TITLES[name];
  return (
    <div
      class={`pane ${quad ? "split" : ""} ${current ? "current" : ""}`}
      style={style}
      role="group"
      aria-label={`View ${title}`}
    >
      <div class="head">
        <div class="chip">
          <span class={`axis ${name}`}>{title}</span>
          {name === "volume" ? <ModeSelect /> : <Slice axis={name} />}
        </div>
        {!store.compact.value && (
          <IconButton
            icon={quad ? "full" : "quad"}
            label={quad ? `${title} alone` : "All views"}
            small
            kind="corner"
            onClick={() => commands.maximise(name)}
          />
        )}
      </div>
      <ScaleBar {...{ name, rect }} />
      {name !== "volume" && <RulerLine axis={name} rect={rect} />}
      <Wipe rect={rect} />
    </div>
  );
}

/** Where the slice is: a slider and a field. */
function Slice({ axis }: { axis: Axis }) {
  const { store, commands } = useViewer();
  const frame = store.frame.value;
  const slice = store.document.value?.view.slice;
  if (!frame || !slice) return null;
  const at = PLANE[axis].through;
  const most = frame.shape[at] - 1;
  const go = (value: number, final?: boolean) => {
    const next = [...slice] as Triple;
    next[at] = value;
    commands.setSlice(next, final);
  };
  const edges = voxelMeters(frame);
  const own = unitOf(frame.unit);
  const place =
    edges && own ? lengthText(frame.origin[at] * own.meters + slice[at] * edges[at]) : null;
  const label = `Slice along ${axis}`;
  return (
    <>
      <span class="quiet">{axis}</span>
      <NumberField
        label={label}
        value={slice[at]}
        min={0}
        max={most}
        digits={7}
        onCommit={(v) => v !== null && go(v)}
      />
      <Slider
        label={label}
        value={slice[at]}
        min={0}
        max={most}
        step={1}
        text={place ?? undefined}
        onInput={(v) => go(v, false)}
        onChange={(v) => go(v, true)}
      />
      {place && <span class="where quiet">{place}</span>}
    </>
  );
}

function ScaleBar({ name, rect }: PaneProps) {
  const { store } = useViewer();
  const engine = store.engine.value;
  const frame = store.frame.value;
  // The scale follows these; the engine itself is no signal.
  const { view } = store.document.value ?? {};
  if (!engine || !frame || !view || rect.width < 90) return null;
  const unitsPerPixel = engine.unitsPerPixel(name);
  if (!(unitsPerPixel > 0)) return null;
  const unit = frame.spacing ? unitOf(frame.unit) : null;
  const pixelsPerVoxel = Math.min(...(frame.spacing ?? [1, 1, 1])) / unitsPerPixel;
  const bar = scaleBar(
    Math.min(140, rect.width / 3),
    pixelsPerVoxel,
    unit && 1 / (unitsPerPixel * unit.meters),
  );
  if (!bar) return null;
  return (
    <div class="scale" role="img" aria-label={`Scale bar: ${bar.label}`}>
      <span>{bar.label}</span>
      <i style={`width:${bar.pixels.toFixed(1)}px`} />
    </div>
  );
}
