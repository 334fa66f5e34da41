/** The pictures: the engine's canvas, what lies over it, and the states in which there is none. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Engine, EngineOptions } from "../../engine/types";
import { commandFor } from "../logic/keymap";
import { paneAt, panesFor } from "../logic/panes";
import { followPointer } from "../parts/pointer";
import { Drawing } from "../state/drawing";
import type { Ruler } from "../state/ruler";
import { useViewer, type Viewer } from "../state/viewer";
import { PaneOverlay } from "./pane";
import { Banners, Blank } from "./states";

export type MakeEngine = (options: EngineOptions) => Engine;

/** Bytes of all textures together. */
const BUDGET = 256 * 2 ** 20;

export function Viewport({ makeEngine }: { makeEngine: MakeEngine }) {
  const viewer = useViewer();
  const { store } = viewer;
  const area = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    if (!canvas.current || !surface.current) return;
    try {
      return start(viewer, makeEngine, canvas.current, surface.current);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  }, []);
  useSize(area, viewer);
  return (
    <div
      ref={area}
      class="views"
      role="application"
      aria-roledescription="volume viewer"
      aria-label="Slices and 3D. Press ? for the keys."
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application has keys of its own
      tabIndex={0}
      {...handlers(viewer, area)}
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas has no focus */}
      <canvas ref={canvas} aria-hidden="true" />
      <div ref={surface} class="surface" />
      {store.frame.value && !failure && <Overlays />}
      <Banners />
      <Blank failure={failure} />
    </div>
  );
}

function start(
  viewer: Viewer,
  makeEngine: MakeEngine,
  canvas: HTMLCanvasElement,
  surface: HTMLElement,
): () => void {
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const source = viewer.store.client;
  const engine = makeEngine({ canvas, surface, source, budgetBytes: BUDGET, reducedMotion });
  viewer.store.engine.value = engine;
  const drawing = new Drawing(viewer.store, engine, viewer.reading);
  return () => {
    drawing.dispose();
    viewer.store.engine.value = null;
    engine.dispose();
  };
}

/** Puts the views where there is room for them. */
function useSize(area: { current: HTMLElement | null }, { store }: Viewer): void {
  const layout = store.layout.value;
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const place = () => {
      store.panes.value = panesFor(layout, element.clientWidth, element.clientHeight);
    };
    place();
    const watch = new ResizeObserver(place);
    watch.observe(element);
    return () => watch.disconnect();
  }, [layout]);
}

function handlers({ store, commands, ruler }: Viewer, area: { current: HTMLElement | null }) {
  const under = (event: MouseEvent) => {
    const box = area.current?.getBoundingClientRect();
    return box
      ? paneAt(store.panes.value, event.clientX - box.left, event.clientY - box.top)
      : null;
  };
  const isPicture = (event: Event) =>
    event.target instanceof Element && event.target.closest(".surface") !== null;
  return {
    // Before the engine, whose surface lies within.
    onPointerDownCapture: (event: PointerEvent) => {
      const plain = event.button === 0 && !event.shiftKey && isPicture(event);
      if (!area.current || !plain || !measure(ruler, event, area.current)) return;
      event.stopPropagation();
      area.current.focus({ preventScroll: true });
      store.pane.value = under(event) ?? store.pane.value;
    },
    onPointerDown: (event: PointerEvent) => {
      if (!isPicture(event)) return;
      area.current?.focus({ preventScroll: true });
      store.pane.value = under(event) ?? store.pane.value;
    },
    onDblClick: (event: MouseEvent) => {
      const pane = isPicture(event) ? under(event) : null;
      if (pane) commands.maximise(pane);
    },
    onContextMenu: (event: MouseEvent) => {
      if (isPicture(event)) event.preventDefault();
    },
    onKeyUp: (event: KeyboardEvent) => {
      if (event.key === " ") store.holding.value = false;
    },
    onBlur: () => {
      store.holding.value = false;
    },
  };
}

/** Draws a line with the pointer, if the ruler is taken and the pointer is over a slice. */
function measure(ruler: Ruler, event: PointerEvent, area: HTMLElement): boolean {
  const box = area.getBoundingClientRect();
  const at = (e: PointerEvent): [number, number] => [e.clientX - box.left, e.clientY - box.top];
  const draw = ruler.begin(...at(event));
  if (draw === null) return false;
  followPointer(area, event.pointerId, (e) => draw(...at(e)));
  return true;
}

/** True for keys that the element under the focus needs itself. */
function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches(".views")) return false;
  if (target.matches("textarea, select, dialog *") || target.closest("dialog")) return true;
  if (target.matches("input:not([type=range]):not([type=checkbox]):not([type=color])")) return true;
  if (target.matches("input[type=range], [role=slider]"))
    return key.startsWith("Arrow") || key.startsWith("Page");
  return target.matches("button, a, input, summary") && (key === " " || key === "Enter");
}

/** Keys of the whole viewer; the page gets those that mean nothing here. */
export function onKey(viewer: Viewer, event: KeyboardEvent): void {
  const target = event.composedPath()[0] ?? event.target;
  if (isTaken(target, event.key)) {
    // What is typed here is no business of the page around.
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    return;
  }
  const { key, shiftKey: shift, altKey: alt, ctrlKey: ctrl, metaKey: meta } = event;
  const command = commandFor({ key, shift, alt, ctrl, meta });
  if (!command) return;
  event.preventDefault();
  event.stopPropagation();
  viewer.commands.run(command);
}

function Overlays() {
  const { store } = useViewer();
  return (
    <>
      {(["z", "volume", "y", "x"] as const).map((name) => {
        const rect = store.panes.value[name];
        return rect && <PaneOverlay key={name} {...{ name, rect }} />;
      })}
    </>
  );
}
