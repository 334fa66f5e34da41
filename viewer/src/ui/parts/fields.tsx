/** Sliders, fields and choices. */

import { useState } from "preact/hooks";
import { figure } from "../logic/units";

interface SliderProps {
  value: number;
  min: number;
  max: number;
  step: number | "any";
  label: string;
  text?: string;
  onInput(value: number): void;
  onChange?(value: number): void;
}

/** A range input whose track is filled up to its value. */
export function Slider({ value, min, max, step, label, text, onInput, onChange }: SliderProps) {
  const part = max > min ? (Math.min(max, Math.max(min, value)) - min) / (max - min) : 0;
  return (
    <input
      type="range"
      class="slider"
      style={`--fill:${(part * 100).toFixed(2)}%`}
      {...{ min, max, step, value }}
      aria-label={label}
      aria-valuetext={text}
      title={label}
      onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      onChange={onChange && ((event) => onChange(event.currentTarget.valueAsNumber))}
    />
  );
}

interface TextFieldProps {
  value: string;
  label: string;
  onCommit(text: string): void;
  kind?: string;
  placeholder?: string;
  invalid?: boolean;
  describedBy?: string;
  decimal?: boolean;
}

/** A field whose text counts when Enter is pressed or the field is left; Escape takes it back. */
export function TextField(props: TextFieldProps) {
  const { value, label, onCommit, kind = "", placeholder, invalid, describedBy, decimal } = props;
  const [text, setText] = useState<string | null>(null);
  const commit = () => {
    if (text !== null && text !== value) onCommit(text);
    setText(null);
  };
  return (
    <input
      type="text"
      class={`field ${kind}`}
      inputMode={decimal ? "decimal" : undefined}
      spellcheck={false}
      autocomplete="off"
      value={text ?? value}
      {...{ placeholder }}
      aria-label={label}
      aria-invalid={invalid || undefined}
      aria-describedby={describedBy}
      onInput={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
        if (event.key !== "Escape" || text === null) return;
        event.stopPropagation();
        setText(null);
      }}
    />
  );
}

interface NumberFieldProps {
  value: number | null;
  label: string;
  onCommit(value: number | null): void;
  min?: number;
  max?: number;
  step?: number;
  kind?: string;
  placeholder?: string;
  digits?: number;
}

/** A field for a number; up and down change it by a step, with Shift by ten. */
export function NumberField(props: NumberFieldProps) {
  const { value, onCommit, min = -Infinity, max = Infinity, step = 1, digits = 6 } = props;
  const take = (number: number) => onCommit(Math.min(max, Math.max(min, number)));
  const commit = (text: string) => {
    if (text.trim() === "") return onCommit(null);
    const number = Number(text.replace(",", "."));
    if (Number.isFinite(number)) take(number);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way || value === null) return;
    event.preventDefault();
    take(Number((value + way * step * (event.shiftKey ? 10 : 1)).toPrecision(12)));
  };
  return (
    <span style="display:contents" onKeyDown={onKeyDown}>
      <TextField
        value={value === null ? "" : figure(value, digits)}
        label={props.label}
        kind={`number ${props.kind ?? ""}`}
        placeholder={props.placeholder}
        onCommit={commit}
        decimal
      />
    </span>
  );
}

interface SelectProps<T extends string> {
  value: T;
  options: { value: T; title: string }[];
  label: string;
  kind?: string;
  onChange(value: T): void;
}

export function Select<T extends string>(props: SelectProps<T>) {
  const { value, options, label, kind = "", onChange } = props;
  return (
    <select
      class={`field ${kind}`}
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as T)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value} selected={option.value === value}>
          {option.title}
        </option>
      ))}
    </select>
  );
}
