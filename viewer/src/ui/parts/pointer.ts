/** Follows a pointer that was pressed on an element until it is let go, wherever it is meanwhile. */
export function followPointer(
  element: HTMLElement,
  pointer: number,
  move: (event: PointerEvent) => void,
  end: () => void = () => {},
): void {
  element.setPointerCapture(pointer);
  const over = new AbortController();
  const { signal } = over;
  const onEnd = () => {
    over.abort();
    end();
  };
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", onEnd, { signal });
  element.addEventListener("pointercancel", onEnd, { signal });
}
