/** Tools of a label layer: one label alone, names, colours. */

import { useState } from "preact/hooks";
import { labelColor } from "../../engine/palette";
import type { Layer } from "../../protocol/document";
import { sentenceOf } from "../client";
import { IconButton } from "../parts/controls";
import { NumberField, TextField } from "../parts/fields";
import { Icon } from "../parts/icons";
import { useViewer } from "../state/viewer";

export function LabelTools({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const { isolate } = store.display(layer);
  return (
    <>
      <Picker layer={layer} />
      <div class="line">
        <span>Only</span>
        <NumberField
          label="Number of the only label that is shown"
          kind="small"
          placeholder="all"
          value={isolate}
          min={0}
          onCommit={(value) => store.show(layer.id, { isolate: value })}
        />
        <IconButton
          icon="reset"
          label="Show all labels"
          small
          disabled={isolate === null}
          onClick={() => store.show(layer.id, { isolate: null })}
        />
      </div>
      <Names layer={layer} />
    </>
  );
}

/** Takes the label under the crosshair. */
function Picker({ layer }: { layer: Layer }) {
  const { store, reading } = useViewer();
  const [said, setSaid] = useState<string | null>(null);
  const pick = async (use: (label: number) => void) => {
    try {
      const label = await reading.pick(layer);
      setSaid(label ? `Label ${label}` : "There is no label under the crosshair.");
      if (label) use(label);
    } catch (error) {
      setSaid(sentenceOf(error));
    }
  };
  const { names } = store.display(layer);
  const name = (label: number) =>
    store.show(layer.id, { names: { ...names, [label]: names[label] ?? `label ${label}` } });
  return (
    <div class="chips" role="group" aria-label="Label under the crosshair">
      <button
        type="button"
        class="button small"
        title="Shows the label under the crosshair alone"
        onClick={() => pick((isolate) => store.show(layer.id, { isolate }))}
      >
        <Icon name="target" />
        Isolate
      </button>
      <button
        type="button"
        class="button small"
        title="Gives the label under the crosshair a name and a colour"
        onClick={() => pick(name)}
      >
        <Icon name="plus" />
        Name
      </button>
      <span class="quiet" aria-live="polite">
        {said}
      </span>
    </div>
  );
}

function Names({ layer }: { layer: Layer }) {
  const { store } = useViewer();
  const { names, colors } = store.display(layer);
  const ids = [...new Set([...Object.keys(names), ...Object.keys(colors)])].filter(
    (id) => names[id] ?? colors[id],
  );
  if (ids.length === 0) return null;
  return (
    <div class="names">
      {ids.map((id) => (
        <div key={id}>
          <input
            type="color"
            class="color"
            aria-label={`Colour of label ${id}`}
            value={labelColor(Number(id), colors)}
            onChange={(event) =>
              store.show(layer.id, { colors: { [id]: event.currentTarget.value } })
            }
          />
          <span class="id">{id}</span>
          <TextField
            label={`Name of label ${id}`}
            kind="small"
            value={names[id] ?? ""}
            onCommit={(text) => store.show(layer.id, { names: { [id]: text } })}
          />
        </div>
      ))}
    </div>
  );
}
