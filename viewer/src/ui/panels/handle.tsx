/** A handle on the histogram: a slider for pointer, keys and screen readers. */

import { figure } from "../logic/units";
import { followPointer } from "../parts/pointer";

interface HandleProps {
  kind: "window" | "threshold";
  label: string;
  value: number;
  span: [number, number];
  step: number;
  least?: number;
  most?: number;
  onMove(value: number, final: boolean): void;
}

export function Handle(props: HandleProps) {
  const { kind, label, value, span, step, onMove } = props;
  const width = span[1] - span[0] || 1;
  const place = Math.max(0, Math.min(1, (value - span[0]) / width));
  const take = (wanted: number) => {
    const snapped = Math.round(wanted / step) * step;
    const low = props.least === undefined ? -Infinity : props.least + step;
    const high = props.most === undefined ? Infinity : props.most - step;
    return Number(Math.min(high, Math.max(low, snapped)).toPrecision(9));
  };
  return (
    <div
      class={`handle ${kind}`}
      role="slider"
      tabIndex={0}
      title={`${label}: ${figure(value, 6)}`}
      aria-label={label}
      aria-valuemin={span[0]}
      aria-valuemax={span[1]}
      aria-valuenow={value}
      aria-valuetext={figure(value, 6)}
      style={`left:${place * 100}%`}
      onPointerDown={(event) => drag(event, span, (at, final) => onMove(take(at), final))}
      onKeyDown={(event) => {
        const moved = byKey(event, value, { span, step, width });
        if (moved === null) return;
        event.preventDefault();
        event.stopPropagation();
        onMove(take(moved), true);
      }}
    />
  );
}

function byKey(
  event: KeyboardEvent,
  value: number,
  { span, step, width }: { span: [number, number]; step: number; width: number },
): number | null {
  const large = Math.max(step, width / 20);
  const by = Math.max(step, event.shiftKey ? width / 20 : width / 200);
  switch (event.key) {
    case "ArrowRight":
    case "ArrowUp":
      return value + by;
    case "ArrowLeft":
    case "ArrowDown":
      return value - by;
    case "PageUp":
      return value + large;
    case "PageDown":
      return value - large;
    case "Home":
      return span[0];
    case "End":
      return span[1];
    default:
      return null;
  }
}

/** Follows the pointer over the histogram until it is let go. */
function drag(
  event: PointerEvent,
  span: [number, number],
  move: (value: number, final: boolean) => void,
): void {
  const handle = event.currentTarget as HTMLElement;
  const area = handle.parentElement?.getBoundingClientRect();
  if (!area || event.button !== 0) return;
  let last: number | null = null;
  followPointer(
    handle,
    event.pointerId,
    ({ clientX }) => {
      last = span[0] + ((clientX - area.left) / area.width) * (span[1] - span[0]);
      move(last, false);
    },
    () => last !== null && move(last, true),
  );
}
