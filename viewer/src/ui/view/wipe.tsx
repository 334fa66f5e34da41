/** The handle between the two sides of a comparison. */

import type { Rect } from "../../engine/types";
import type { Compare } from "../../protocol/document";
import { followPointer } from "../parts/pointer";
import { useViewer } from "../state/viewer";

export function Wipe({ rect }: { rect: Rect }) {
  const { store } = useViewer();
  const compare = store.document.value?.compare;
  if (!compare) return null;
  const name = (id: string) => store.layers.value.find((layer) => layer.id === id)?.name ?? id;
  const both = compare.mode === "wipe" || compare.mode === "side-by-side";
  return (
    <>
      {compare.mode === "wipe" && <WipeHandle {...{ compare, rect }} />}
      {both && <span class="side-name left clip">{name(compare.a)}</span>}
      {both && <span class="side-name right clip">{name(compare.b)}</span>}
      {compare.mode === "difference" && (
        <span class="side-name left clip">{`${name(compare.b)} − ${name(compare.a)}`}</span>
      )}
    </>
  );
}

function WipeHandle({ compare, rect }: { compare: Compare; rect: Rect }) {
  const { store } = useViewer();
  const set = (position: number, final: boolean) => {
    const inside = Math.max(0, Math.min(1, Number(position.toFixed(3))));
    store.drag("compare", { compare: { ...compare, position: inside } }, final);
  };
  const percent = Math.round(compare.position * 100);
  return (
    <div
      class="wipe"
      role="slider"
      tabIndex={0}
      aria-label="Wipe between before and after"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={`${percent} %`}
      style={`left:${compare.position * 100}%`}
      onPointerDown={(event) => follow(event, rect, set)}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -0.02, ArrowRight: 0.02, PageUp: 0.1, PageDown: -0.1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        set(compare.position + by, true);
      }}
    />
  );
}

function follow(
  event: PointerEvent,
  rect: Rect,
  set: (position: number, final: boolean) => void,
): void {
  const handle = event.currentTarget as HTMLElement;
  const left = handle.parentElement?.getBoundingClientRect().left ?? 0;
  let last: number | null = null;
  followPointer(
    handle,
    event.pointerId,
    ({ clientX }) => {
      last = (clientX - left) / rect.width;
      set(last, false);
    },
    () => last !== null && set(last, true),
  );
}
