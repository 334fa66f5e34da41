/** The toolbar: what is shown, and how. */

import type { Compare, Layout } from "../../protocol/document";
import { lengthText, voxelMeters } from "../logic/units";
import { IconButton } from "../parts/controls";
import { Select } from "../parts/fields";
import { type IconName, Mark } from "../parts/icons";
import { MODES } from "../state/commands";
import { useViewer } from "../state/viewer";

const LAYOUTS: { layout: Layout; icon: IconName; title: string }[] = [
  { layout: "quad", icon: "quad", title: "Slices and 3D (1)" },
  { layout: "xy", icon: "xy", title: "XY (2)" },
  { layout: "xz", icon: "xz", title: "XZ (3)" },
  { layout: "yz", icon: "yz", title: "YZ (4)" },
  { layout: "volume", icon: "volume", title: "3D (5)" },
];

const COMPARE: { value: Compare["mode"]; title: string }[] = [
  { value: "wipe", title: "Wipe" },
  { value: "side-by-side", title: "Side by side" },
  { value: "difference", title: "Difference" },
  { value: "hold", title: "Hold Space" },
];

export function Toolbar({ onTheme }: { onTheme(): void }) {
  const { store } = useViewer();
  return (
    <div class="toolbar" role="toolbar" aria-label="View">
      <Mark />
      {!store.compact.value && <Title />}
      <Layouts />
      <span class="rule" />
      <Picture />
      <span class="rule" />
      <Comparison />
      <span class="grow" />
      <Tools onTheme={onTheme} />
    </div>
  );
}

function Title() {
  const { store } = useViewer();
  const { active, frame } = store;
  if (!active.value || !frame.value) return <span class="name clip">Voxsieve</span>;
  const size = [...frame.value.shape].reverse().join(" × ");
  const edges = voxelMeters(frame.value);
  const even = edges?.every((edge) => Math.abs(edge - edges[0]) < 1e-12);
  const voxel = !edges
    ? "voxel size unknown"
    : even
      ? lengthText(edges[0])
      : [...edges]
          .reverse()
          .map((edge) => lengthText(edge))
          .join(" × ");
  return (
    <>
      <span class="name clip" title={active.value.path}>
        {active.value.path || active.value.name}
      </span>
      <span class="size" title="Voxels and edges of a voxel, x × y × z">
        {size} · {voxel}
      </span>
    </>
  );
}

function Layouts() {
  const { store, commands } = useViewer();
  const now = store.layout.value;
  const shown = LAYOUTS.filter(({ layout }) => !store.compact.value || layout !== "quad");
  return (
    <div class="segments" role="group" aria-label="Layout">
      {shown.map(({ layout, icon, title }) => (
        <IconButton
          key={layout}
          icon={icon}
          label={title}
          pressed={now === layout}
          onClick={() => commands.layout(layout)}
        />
      ))}
    </div>
  );
}

function Picture() {
  const { store, commands, ruler } = useViewer();
  const document = store.document.value;
  if (!document) return null;
  const { view, crop } = document;
  return (
    <>
      <IconButton
        icon="crop"
        label="Hide what is outside the ROI in 3D (c)"
        pressed={crop}
        onClick={() => store.change({ crop: !crop })}
      />
      <IconButton
        icon="smooth"
        label="Slices smooth between voxels"
        pressed={view.interpolate}
        onClick={() => store.change({ view: { interpolate: !view.interpolate } })}
      />
      <IconButton
        icon="ruler"
        label="Ruler: drag over a slice (d)"
        pressed={ruler.line.value !== null}
        onClick={() => ruler.toggle()}
      />
      <IconButton icon="fit" label="Show everything (r)" onClick={() => commands.fit()} />
    </>
  );
}

function Comparison() {
  const { store, commands } = useViewer();
  const images = store.layers.value.filter(({ role }) => role === "image");
  const possible = images.length > 1 || store.filtered.value !== null;
  const compare = store.document.value?.compare ?? null;
  return (
    <>
      <IconButton
        icon="compare"
        label={
          possible ? "Compare with the image before the filter" : "Compare: add a filter first"
        }
        pressed={compare !== null}
        disabled={!possible && !compare}
        onClick={() => commands.compare(compare === null)}
      />
      {compare && (
        <Select
          value={compare.mode}
          options={COMPARE}
          label="How to compare"
          kind="small"
          onChange={(mode) => store.change({ compare: { ...compare, mode } })}
        />
      )}
      {compare && images.length > 2 && !store.compact.value && <Sides compare={compare} />}
    </>
  );
}

/** Which two layers are compared, where there are more than two. */
function Sides({ compare }: { compare: Compare }) {
  const { store } = useViewer();
  const options = store.layers.value
    .filter(({ role }) => role === "image")
    .map(({ id, name }) => ({ value: id, title: name }));
  const side = (which: "a" | "b", label: string) => (
    <Select
      value={compare[which]}
      options={options}
      label={label}
      kind="small side-choice"
      onChange={(id) => store.change({ compare: { ...compare, [which]: id } })}
    />
  );
  return (
    <>
      {side("a", "Compare: left layer")}
      {side("b", "Compare: right layer")}
    </>
  );
}

function Tools({ onTheme }: { onTheme(): void }) {
  const { store, commands } = useViewer();
  const dark = store.theme.value === "dark";
  return (
    <>
      <IconButton
        icon="camera"
        label="Save a picture (s)"
        onClick={() => commands.run({ do: "screenshot" })}
      />
      <IconButton
        icon={dark ? "sun" : "moon"}
        label={dark ? "Light theme" : "Dark theme"}
        onClick={onTheme}
      />
      <IconButton
        icon="full"
        label="Full screen (f)"
        onClick={() => commands.run({ do: "fullscreen" })}
      />
      <IconButton
        icon="help"
        label="Keys (?)"
        onClick={() => {
          store.dialog.value = "help";
        }}
      />
    </>
  );
}

/** How the 3D view is drawn. */
export function ModeSelect() {
  const { store } = useViewer();
  const view = store.document.value?.view;
  if (!view) return null;
  return (
    <Select
      value={view.mode}
      options={MODES.map(({ mode, title }) => ({ value: mode, title }))}
      label="How 3D is drawn (m)"
      kind="select"
      onChange={(mode) => store.change({ view: { mode } })}
    />
  );
}
