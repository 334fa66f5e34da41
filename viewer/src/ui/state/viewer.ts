/** Everything behind the panels, and how a panel gets at it. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Client } from "../client";
import { Commands } from "./commands";
import { Filtering } from "./filtering";
import { Jobs } from "./jobs";
import { Reading } from "./reading";
import { Ruler } from "./ruler";
import { type Interface, Store } from "./store";

export class Viewer {
  readonly store: Store;
  readonly filtering: Filtering;
  readonly reading: Reading;
  readonly jobs: Jobs;
  readonly ruler: Ruler;
  readonly commands: Commands;

  constructor(client: Client, ui: Interface, host: { fullscreen(): void; leave(): void }) {
    this.store = new Store(client, ui);
    this.filtering = new Filtering(this.store);
    this.reading = new Reading(this.store);
    this.jobs = new Jobs(this.store);
    this.ruler = new Ruler(this.store);
    this.commands = new Commands(this.store, this.ruler, host);
  }

  dispose(): void {
    this.ruler.dispose();
    this.jobs.dispose();
    this.reading.dispose();
    this.filtering.dispose();
    this.store.dispose();
  }
}

export const ViewerContext = createContext<Viewer | null>(null);

export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error("A panel stands outside the viewer.");
  return viewer;
}
