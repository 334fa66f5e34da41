/** The whole viewer: toolbar, views, side panel, status, dialogs; and its compact form with tabs. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Apply } from "./panels/apply";
import { Filters } from "./panels/filters";
import { Help } from "./panels/help";
import { Histogram } from "./panels/histogram";
import { Jobs } from "./panels/jobs";
import { Layers } from "./panels/layers";
import { Roi } from "./panels/roi";
import { Status } from "./panels/status";
import { Toolbar } from "./panels/toolbar";
import { useViewer } from "./state/viewer";
import { type MakeEngine, onKey, Viewport } from "./view/viewport";

/** Below this width one view and tabs; below the next a narrower side panel. */
const COMPACT = 720;
const NARROW = 1100;

const TABS = [
  { id: "layers", title: "Layers", Panel: Layers },
  { id: "histogram", title: "Histogram", Panel: Histogram },
  { id: "filters", title: "Filters", Panel: Filters },
  { id: "roi", title: "ROI", Panel: Roi },
];

interface AppProps {
  makeEngine: MakeEngine;
  onTheme(): void;
}

export function App({ makeEngine, onTheme }: AppProps) {
  const viewer = useViewer();
  const { store } = viewer;
  const root = useRef<HTMLDivElement>(null);
  const width = useWidth(root);
  const compact = store.ui !== "none" && (store.ui === "compact" || width < COMPACT);
  useEffect(() => {
    store.compact.value = compact;
  }, [compact]);
  const bare = store.ui === "none";
  const form = bare ? "none" : compact ? "compact" : width < NARROW ? "narrow" : "";
  return (
    <div
      ref={root}
      class={`voxsieve ${form}`}
      data-theme={store.theme.value}
      onKeyDown={(event) => onKey(viewer, event)}
      onFocusIn={() => {
        store.focused.value = true;
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        store.focused.value = next instanceof Node && Boolean(root.current?.contains(next));
      }}
    >
      {!bare && <Toolbar onTheme={onTheme} />}
      <Viewport makeEngine={makeEngine} />
      {!bare && <Jobs />}
      {!bare && (compact ? <Tabs /> : <Side />)}
      {!bare && <Status />}
      {store.dialog.value === "help" && <Help />}
      {store.dialog.value === "apply" && <Apply />}
    </div>
  );
}

function useWidth(root: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return width;
}

function Side() {
  return (
    <aside class="side" aria-label="Panels" tabIndex={-1}>
      {TABS.map(({ id, Panel }) => (
        <Panel key={id} />
      ))}
    </aside>
  );
}

function Tabs() {
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const { id, Panel } = TABS[at];
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (at + by + TABS.length) % TABS.length;
    setAt(next);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <>
      <div
        ref={list}
        class="tabs"
        role="tablist"
        aria-label="Panels"
        tabIndex={-1}
        onKeyDown={onKeyDown}
      >
        {TABS.map((tab, index) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`tab-${tab.id}`}
            aria-controls="tab-panel"
            aria-selected={index === at}
            tabIndex={index === at ? 0 : -1}
            onClick={() => setAt(index)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div class="side" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${id}`} tabIndex={-1}>
        <Panel key={id} />
      </div>
    </>
  );
}
