/** A parameter of a filter: slider and field, with its text, its other unit and its error. */

import type { ParamValue, Step } from "../../protocol/document";
import type { Param } from "../../protocol/filters";
import { fromVoxels, inVoxels, otherWay, turned } from "../logic/lengths";
import { sliderSpan, sliderStep } from "../logic/steps";
import { fromText, parseLength, parseSize, toText, voxelMeters } from "../logic/units";
import { Note } from "../parts/controls";
import { Select, Slider, TextField } from "../parts/fields";
import { Icon } from "../parts/icons";
import { FILTERED } from "../state/store";
import { useViewer } from "../state/viewer";
import { words } from "./step";

interface ParamProps {
  param: Param;
  step: Step;
  index: number;
}

export function ParamField({ param, step, index }: ParamProps) {
  const { filtering } = useViewer();
  const error = filtering.error.value;
  const mine = error?.parameter === param.name && step.enabled;
  // The server's sentence begins with the parameter's name, which stands right above.
  const wrong = mine ? error.text.replace(`${param.name}: `, "") : null;
  const errorId = `wrong-${index}-${param.name}`;
  return (
    <div class="param">
      <span class="name" title={param.doc}>
        <span class="clip">{words(param.name)}</span>
        <span class="hint">
          <Icon name="info" />
        </span>
      </span>
      <Value {...{ param, step, index }} wrong={wrong ? errorId : undefined} />
      {wrong && (
        <div class="wrong">
          <Note kind="bad" id={errorId}>
            {wrong}
          </Note>
        </div>
      )}
    </div>
  );
}

type ValueProps = ParamProps & { wrong: string | undefined };

function Value(props: ValueProps) {
  const { param } = props;
  if (typeof param.kind === "object") return <Choice {...props} words={param.kind.choice} />;
  if (param.kind === "volume") return <Volume {...props} />;
  return <Amount {...props} />;
}

function Choice({ param, step, index, words: choices }: ValueProps & { words: string[] }) {
  const { filtering } = useViewer();
  const options = [
    { value: "", title: "default" },
    ...choices.map((value) => ({ value, title: value })),
  ];
  return (
    <Select
      label={`${words(param.name)}: ${param.doc}`}
      value={toText(step.params[param.name])}
      options={options}
      onChange={(value) => filtering.tune(index, param.name, value === "" ? null : value)}
    />
  );
}

function Volume({ param, step, index }: ValueProps) {
  const { filtering, store } = useViewer();
  const others = store.layers.value.filter(({ id }) => id !== FILTERED);
  const options = [
    { value: "", title: "choose a layer" },
    ...others.map(({ id, name }) => ({ value: `layer:${id}`, title: name })),
  ];
  return (
    <Select
      label={`${words(param.name)}: ${param.doc}`}
      value={toText(step.params[param.name])}
      options={options}
      onChange={(value) => filtering.tune(index, param.name, value === "" ? null : value)}
    />
  );
}

/** Numbers, lengths and sizes. */
function Amount({ param, step, index, wrong }: ValueProps) {
  const { filtering } = useViewer();
  const span = sliderSpan(param, filtering.greys.value);
  const value = step.params[param.name] ?? param.default;
  const set = (next: ParamValue) => filtering.tune(index, param.name, next);
  const label = words(param.name);
  return (
    <>
      <TextField
        label={`${label}: ${param.doc}`}
        kind="number"
        value={toText(value)}
        placeholder={param.default === null ? "not set" : undefined}
        invalid={wrong !== undefined}
        describedBy={wrong}
        onCommit={(text) => set(checked(param, text))}
      />
      {span && <AmountSlider {...{ param, value, span, label }} onSet={set} />}
      {isPhysical(param) && <OtherWay {...{ param, value }} onSet={set} />}
    </>
  );
}

/** What was typed; a length keeps its text, so that the server says what is wrong with it. */
function checked(param: Param, text: string): ParamValue {
  if (isPhysical(param) && (parseLength(text) ?? parseSize(text))) {
    const plain = Number(text);
    return Number.isFinite(plain) && text.trim() !== "" ? plain : text.trim();
  }
  return fromText(text);
}

const isPhysical = ({ kind }: Param) =>
  kind === "length" || kind === "wholelength" || kind === "size";

interface AmountSliderProps {
  param: Param;
  value: ParamValue;
  span: [number, number];
  label: string;
  onSet(value: ParamValue): void;
}

function AmountSlider({ param, value, span, label, onSet }: AmountSliderProps) {
  const { store } = useViewer();
  const frame = store.frame.value;
  const physical = isPhysical(param);
  const place = physical ? inVoxels(param, value, frame) : Number(toText(value) || Number.NaN);
  const shown = place === null || Number.isNaN(place) ? span[0] : place;
  const move = (at: number) => {
    const tidy = Number(at.toPrecision(9));
    onSet(physical ? fromVoxels(param, tidy, value, frame) : tidy);
  };
  const inside = physical && param.limits ? Math.max(span[0], param.limits[0]) : span[0];
  return (
    <Slider
      label={label}
      value={shown}
      min={inside}
      max={span[1]}
      step={sliderStep(param, span)}
      text={toText(value) || "not set"}
      onInput={move}
    />
  );
}

/** The same amount in the other way of counting, and a way to change over. */
function OtherWay({
  param,
  value,
  onSet,
}: {
  param: Param;
  value: ParamValue;
  onSet(value: ParamValue): void;
}) {
  const { store } = useViewer();
  const frame = store.frame.value;
  const other = otherWay(param, value, frame);
  if (!voxelMeters(frame)) return <span class="other">voxels; the voxel size is unknown</span>;
  if (other === null) return null;
  const physical = /\p{L}/u.test(toText(value));
  return (
    <span class="other">
      <span>{other}</span>
      <button type="button" class="turn" onClick={() => onSet(turned(param, value, frame))}>
        {physical ? "use voxels" : "use units"}
      </button>
    </span>
  );
}
