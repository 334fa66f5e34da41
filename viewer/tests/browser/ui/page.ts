/** The viewer with a fake client, for the tests of the panels. */

import { createEngine } from "../../../src/engine";
import { mount } from "../../../src/ui/mount";
import { bone, pores, smoothed } from "./bone";
import { documentOf, FakeClient, Refused } from "./fake";

const ui = { mount, createEngine, bone, pores, smoothed, documentOf, FakeClient, Refused };

export type Ui = typeof ui;

declare global {
  interface Window {
    ui: Ui;
    client: FakeClient;
    mounted: ReturnType<typeof mount>;
  }
}

window.ui = ui;
