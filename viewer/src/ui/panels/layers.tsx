/** Layers: what is shown, how strongly, in which colours. */

import { COLORMAPS, colormap } from "../../engine/colormaps";
import type { Layer } from "../../protocol/document";
import { sentenceOf } from "../client";
import { figure } from "../logic/units";
import { CopyButton, IconButton, Note, Section } from "../parts/controls";
import { NumberField, Select, Slider } from "../parts/fields";
import { FILTERED } from "../state/store";
import { useViewer } from "../state/viewer";
import { LabelTools } from "./labels";

export function Layers() {
  const { store } = useViewer();
  const layers = store.layers.value;
  return (
    <Section title="Layers" id="layers">
      {layers.length === 0 && <p class="empty">No layer yet.</p>}
      <ul class="layers">
        {layers.map((layer) => (
          <Row key={layer.id} layer={layer} />
        ))}
      </ul>
    </Section>
  );
}

/** A colour map as a picture. */
export function ramp(name: string, inverted: boolean): string {
  const table = colormap(name, inverted);
  const stops = Array.from({ length: 9 }, (_, i) => {
    const at = 4 * Math.round((i * 255) / 8);
    return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
  });
  return `background: linear-gradient(to right, ${stops.join(", ")})`;
}

function Row({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const display = store.display(layer);
  const active = store.active.value?.id === layer.id;
  return (
    <li class={`layer ${active ? "active" : ""} ${display.visible ? "" : "off"}`}>
      <div class="row">
        <IconButton
          icon={display.visible ? "eye" : "closed"}
          label={`Show ${layer.name}`}
          pressed={display.visible}
          kind="plain eye"
          small
          onClick={() => store.show(layer.id, { visible: !display.visible })}
        />
        <button
          type="button"
          class="pick"
          aria-pressed={active}
          title={`${layer.source}, ${layer.dtype}. Histogram and filters refer to the chosen layer.`}
          onClick={() => store.change({ active: layer.id })}
        >
          <b class="clip grow">{layer.name}</b>
          <Tags layer={layer} />
          {layer.role === "image" && (
            <span class="ramp" style={ramp(display.colormap, display.inverted)} />
          )}
        </button>
      </div>
      {layer.status === "failed" && (
        <div class="more">
          <Note kind="bad">{layer.note ?? "This layer cannot be read."}</Note>
        </div>
      )}
      {active && <Details layer={layer} />}
    </li>
  );
}

function Tags({ layer }: { layer: Layer }) {
  if (layer.status === "failed") return <span class="tag bad">failed</span>;
  if (layer.status === "computing")
    return (
      <span class="tag live" title="Levels or parts of this layer still come">
        computing
      </span>
    );
  if (layer.id === FILTERED)
    return (
      <span class="tag live" title="Made as it is looked at; nothing is stored">
        live
      </span>
    );
  if (layer.role === "labels") return <span class="tag">labels</span>;
  return null;
}

function Details({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const display = store.display(layer);
  const percent = Math.round(display.opacity * 100);
  return (
    <div class="more">
      {layer.note && layer.status !== "failed" && <Note kind="">{layer.note}</Note>}
      <div class="line">
        <span>Opacity</span>
        <Slider
          label={`Opacity of ${layer.name}`}
          value={percent}
          min={0}
          max={100}
          step={1}
          text={`${percent} %`}
          onInput={(value) => store.show(layer.id, { opacity: value / 100 }, false)}
          onChange={(value) => store.show(layer.id, { opacity: value / 100 }, true)}
        />
        <output>{percent} %</output>
      </div>
      {layer.role === "labels" ? <LabelTools layer={layer} /> : <ImageTools layer={layer} />}
      {store.client.rung !== "comm" && <Address layer={layer} />}
    </div>
  );
}

/** The layer for other programs. */
function Address({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const address = () =>
    store.client.zarrAddress(layer.id).catch((error: unknown) => {
      store.say("error", sentenceOf(error));
      return null;
    });
  return (
    <CopyButton
      text={address}
      title="This layer as OME-Zarr for napari, neuroglancer, zarr-python: read only, as long as the server runs"
    >
      Copy Zarr address
    </CopyButton>
  );
}

function ImageTools({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const display = store.display(layer);
  const [low, high] = display.window;
  const iso = store.document.value?.view;
  return (
    <>
      <div class="line">
        <span>Colours</span>
        <Select
          label={`Colour map of ${layer.name}`}
          kind="small"
          value={display.colormap}
          options={COLORMAPS.map((value) => ({ value, title: value }))}
          onChange={(map) => store.show(layer.id, { colormap: map })}
        />
        <IconButton
          icon="invert"
          label="Invert the colours"
          small
          pressed={display.inverted}
          onClick={() => store.show(layer.id, { inverted: !display.inverted })}
        />
      </div>
      <div class="line" style="grid-template-columns: 62px minmax(0, 1fr)">
        <span>Window</span>
        <span class="pair">
          <NumberField
            label="Window: darkest value"
            kind="small"
            value={low}
            onCommit={(value) => value !== null && store.show(layer.id, { window: [value, high] })}
          />
          <span class="faint">to</span>
          <NumberField
            label="Window: brightest value"
            kind="small"
            value={high}
            onCommit={(value) => value !== null && store.show(layer.id, { window: [low, value] })}
          />
        </span>
      </div>
      {iso?.mode === "iso" && <IsoLine layer={layer} />}
    </>
  );
}

/** The grey value of the surface in 3D. */
function IsoLine({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const [low, high] = layer.range;
  const iso = store.document.value?.view.iso ?? (low + high) / 2;
  const set = (value: number, final: boolean) =>
    store.drag("view.iso", { view: { iso: value } }, final);
  return (
    <div class="line">
      <span>Surface</span>
      <Slider
        label="Grey value of the surface"
        {...{ value: iso, min: low, max: high }}
        step={high - low > 20 ? 1 : "any"}
        onInput={(value) => set(value, false)}
        onChange={(value) => set(value, true)}
      />
      <output>{figure(iso, 5)}</output>
    </div>
  );
}
