/** The histogram with handles of window and threshold. */

import type { Histogram as Counts, Layer } from "../../protocol/document";
import { spanOf } from "../logic/bins";
import { figure } from "../logic/units";
import { IconButton, Note, Section } from "../parts/controls";
import { NumberField } from "../parts/fields";
import { useViewer } from "../state/viewer";
import { Handle } from "./handle";
import { Plot } from "./plot";

export function Histogram() {
  const { store } = useViewer();
  const layer = store.active.value;
  return (
    <Section title="Histogram" id="histogram" actions={<Region />}>
      {layer ? <Body layer={layer} /> : <p class="empty">Nothing to count.</p>}
    </Section>
  );
}

function Region() {
  const { reading, store } = useViewer();
  const now = reading.region.value;
  const choice = (region: "roi" | "volume", title: string) => (
    <button
      type="button"
      class="button small"
      aria-pressed={now === region}
      onClick={() => {
        reading.region.value = region;
      }}
    >
      {title}
    </button>
  );
  const layer = store.active.value;
  return (
    <>
      {layer && (
        <IconButton
          icon="search"
          label="Show the values of the window only"
          small
          pressed={reading.zoomed.value !== null}
          onClick={() => {
            reading.zoomed.value = reading.zoomed.value ? null : store.display(layer).window;
          }}
        />
      )}
      <div class="segments" role="group" aria-label="Histogram of">
        {choice("roi", "ROI")}
        {choice("volume", "Volume")}
      </div>
    </>
  );
}

function Body({ layer }: { layer: Layer }) {
  const { reading } = useViewer();
  const counts = reading.histogram.value;
  const error = reading.histogramError.value;
  return (
    <>
      <Chart layer={layer} counts={counts} />
      {error && <Note kind="bad">{error}</Note>}
      {layer.role === "image" && <Windows layer={layer} counts={counts} />}
      <Threshold layer={layer} />
      {counts && (
        <p class="faint" style="font-size:11px">
          {counts.voxels.toLocaleString("en").replace(/,/g, "\u2009")} voxels of level{" "}
          {counts.level}
          {counts.approximate ? ", approximate" : ""}
          {counts.nan > 0 ? `, ${figure(counts.nan)} NaN left out` : ""}
        </p>
      )}
    </>
  );
}

function Chart({ layer, counts }: { layer: Layer; counts: Counts | null }) {
  const { store, reading } = useViewer();
  const window = store.display(layer).window;
  const zoomed = reading.zoomed.value;
  const [low, high] = spanOf(counts?.edges ?? layer.range, zoomed ?? window, zoomed !== null);
  const span: [number, number] = [low, high];
  const threshold = store.document.value?.threshold ?? null;
  const place = (value: number) =>
    Math.max(0, Math.min(1, (value - span[0]) / (span[1] - span[0] || 1))) * 100;
  const setWindow = (value: [number, number], final: boolean) =>
    store.show(layer.id, { window: value }, final);
  const setThreshold = (value: [number, number | null], final: boolean) =>
    store.drag("threshold", { threshold: value }, final);
  const common = { span, step: stepOf(layer) };
  return (
    <div class="histogram">
      <Plot counts={counts} span={span} />
      {layer.role === "image" && (
        <>
          <span class="outside" style={`left:0;width:${place(window[0])}%`} />
          <span class="outside" style={`right:0;width:${100 - place(window[1])}%`} />
        </>
      )}
      {threshold && (
        <span
          class="inside"
          style={`left:${place(threshold[0])}%;right:${100 - place(threshold[1] ?? span[1])}%`}
        />
      )}
      {layer.role === "image" && (
        <>
          <Handle
            {...common}
            kind="window"
            label="Window: darkest value"
            value={window[0]}
            most={window[1]}
            onMove={(v, f) => setWindow([v, window[1]], f)}
          />
          <Handle
            {...common}
            kind="window"
            label="Window: brightest value"
            value={window[1]}
            least={window[0]}
            onMove={(v, f) => setWindow([window[0], v], f)}
          />
        </>
      )}
      {threshold && (
        <Handle
          {...common}
          kind="threshold"
          label="Threshold: least value"
          value={threshold[0]}
          most={threshold[1] ?? undefined}
          onMove={(v, f) => setThreshold([v, threshold[1]], f)}
        />
      )}
      {threshold && threshold[1] !== null && (
        <Handle
          {...common}
          kind="threshold"
          label="Threshold: greatest value"
          value={threshold[1]}
          least={threshold[0]}
          onMove={(v, f) => setThreshold([threshold[0], v], f)}
        />
      )}
      {!counts && (
        <div class="over" role="status">
          {reading.counting.value ? <span class="spin" /> : null}
          <span class="hidden-label">The histogram is being counted.</span>
        </div>
      )}
    </div>
  );
}

/** Whole numbers for integers, a part of the range for others. */
function stepOf(layer: Layer): number {
  return layer.dtype.startsWith("f") ? (layer.range[1] - layer.range[0]) / 500 : 1;
}

function Windows({ layer, counts }: { layer: Layer; counts: Counts | null }) {
  const { store } = useViewer();
  const p = counts?.percentiles ?? {};
  const wide = (low: number | undefined, high: number | undefined): [number, number] | null =>
    low === undefined || high === undefined || !(low < high) ? null : [low, high];
  const choices: { title: string; hint: string; window: [number, number] | null }[] = [
    {
      title: "0.1–99.9",
      hint: "Window from percentile 0.1 to 99.9",
      window: wide(p["0.1"], p["99.9"]),
    },
    { title: "1–99", hint: "Window from percentile 1 to 99", window: wide(p["1"], p["99"]) },
    {
      title: "Min–max",
      hint: "Window over all values",
      window: wide(counts?.edges[0], counts?.edges[1]),
    },
    { title: "First", hint: "The window that the layer came with", window: layer.window },
  ];
  return (
    <div class="quarters" role="group" aria-label="Window">
      {choices.map(({ title, hint, window }) => (
        <button
          key={title}
          type="button"
          class="button small"
          title={hint}
          disabled={!window}
          onClick={() => window && store.show(layer.id, { window })}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

function Threshold({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const threshold = store.document.value?.threshold ?? null;
  const set = (value: [number, number | null] | null) => store.change({ threshold: value });
  const [low, high] = store.display(layer).window;
  const middle = layer.dtype.startsWith("f") ? (low + high) / 2 : Math.round((low + high) / 2);
  return (
    <div class="line" style="grid-template-columns: auto minmax(0, 1fr)">
      <label class="check">
        <input
          type="checkbox"
          checked={threshold !== null}
          onChange={() => set(threshold ? null : [middle, null])}
        />
        Threshold
      </label>
      {threshold && (
        <span class="pair">
          <NumberField
            label="Least value that is marked"
            kind="small"
            value={threshold[0]}
            onCommit={(value) => value !== null && set([value, threshold[1]])}
          />
          <span class="faint">to</span>
          <NumberField
            label="Greatest value that is marked; empty for no bound"
            kind="small"
            placeholder="no bound"
            value={threshold[1]}
            onCommit={(value) => set([threshold[0], value])}
          />
        </span>
      )}
    </div>
  );
}
