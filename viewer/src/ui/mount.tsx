/** Puts a viewer into an element of a page. */

import { render } from "preact";
import { App } from "./app";
import type { Client } from "./client";
import { shadowOf } from "./shadow";
import type { Interface, Store } from "./state/store";
import { Viewer, ViewerContext } from "./state/viewer";
import { followTheme } from "./theme";
import type { MakeEngine } from "./view/viewport";

export interface MountOptions {
  client: Client;
  makeEngine: MakeEngine;
  ui: Interface;
}

const QUIET = "data-lm-suppress-shortcuts";

export interface Mounted {
  store: Store;
  dispose(): void;
}

/** Builds the viewer in a shadow root, so that neither the page's style sheets nor ours reach the other. */
export function mount(element: HTMLElement, { client, makeEngine, ui }: MountOptions): Mounted {
  const shadow = shadowOf(element);
  // JupyterLab's shortcuts see the host of the shadow root only, also while somebody types into a field inside.
  element.setAttribute(QUIET, "true");
  const viewer = new Viewer(client, ui, {
    fullscreen: () => {
      toggleFullscreen(element).catch(() =>
        store.say("error", "This page does not allow full screen."),
      );
    },
    leave: () => leave(shadow),
  });
  const { store } = viewer;
  const theme = followTheme((now) => {
    store.theme.value = now;
  });
  const onTheme = () => theme.choose(store.theme.value === "dark" ? "light" : "dark");
  render(
    <ViewerContext.Provider value={viewer}>
      <App {...{ makeEngine, onTheme }} />
    </ViewerContext.Provider>,
    shadow,
  );
  // Tests and programs that embed the viewer reach its parts here.
  Object.defineProperty(element, "voxsieve", {
    configurable: true,
    get: () => ({ engine: store.engine.peek(), client, store }),
  });
  return {
    store,
    dispose() {
      render(null, shadow);
      theme.stop();
      viewer.dispose();
      element.removeAttribute(QUIET);
      Reflect.deleteProperty(element, "voxsieve");
    },
  };
}

function leave(shadow: ShadowRoot): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else (shadow.activeElement as HTMLElement | null)?.blur();
}

async function toggleFullscreen(element: HTMLElement): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await element.requestFullscreen();
}
