/** Chromium on the page of the panels, with a document and volumes. */

import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { launch } from "../launch";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DESCRIPTORS = readFileSync(
  new URL("../../../../schema/filters.json", import.meta.url),
  "utf8",
);
/** Pictures to look at. */
export const PICTURES = `${ROOT}dist/pictures`;

export interface Scenery {
  /** Changes of the document before the viewer starts. */
  document?: object;
  layers?: ("image" | "pores" | "filtered")[];
  ui?: "full" | "compact" | "none";
}

export class PanelLab {
  private constructor(
    private readonly server: ViteDevServer,
    private readonly browser: Browser,
    private readonly address: string,
  ) {}

  static async start(): Promise<PanelLab> {
    mkdirSync(PICTURES, { recursive: true });
    const server = await createServer({
      root: ROOT,
      configFile: false,
      logLevel: "error",
      server: { hmr: false, host: "127.0.0.1" },
    });
    await server.listen(0);
    const browser = await launch();
    return new PanelLab(server, browser, `${server.resolvedUrls?.local[0]}tests/browser/ui/`);
  }

  /** A page of this size and theme with a viewer on it. */
  async page(
    width: number,
    height: number,
    theme: "dark" | "light",
    scenery: Scenery = {},
  ): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => {
      throw error;
    });
    await page.goto(`${this.address}index.html`);
    await page.waitForFunction(() => window.ui !== undefined);
    await page.evaluate(build, { scenery, descriptors: DESCRIPTORS });
    return page;
  }

  /** Another page of this folder as it is. */
  async blank(name: string): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 700, height: 500 } });
    const page = await context.newPage();
    await page.goto(this.address + name);
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}

/** Runs in the page. */
function build({ scenery, descriptors }: { scenery: Scenery; descriptors: string }): void {
  const { ui } = window;
  const makers = { image: ui.bone, pores: ui.pores, filtered: ui.smoothed };
  const phantoms = (scenery.layers ?? ["image"]).map((name) => makers[name]());
  const titles: Record<string, string> = { image: "Tibia", pores: "Pores", filtered: "Filtered" };
  for (const { layer } of phantoms) {
    layer.name = titles[layer.id];
    layer.source = "OME-Zarr 0.5, zstd";
    layer.path = "tibia_ct_0417.ome.zarr";
    if (layer.role === "image") layer.range = [0, 24000];
  }
  const document = ui.documentOf(
    phantoms.map(({ layer }) => layer),
    scenery.document,
  );
  window.client = new ui.FakeClient(document, phantoms, JSON.parse(descriptors));
  const element = window.document.getElementById("viewer") as HTMLElement;
  const { client } = window;
  window.mounted = ui.mount(element, {
    client,
    makeEngine: ui.createEngine,
    ui: scenery.ui ?? "full",
  });
}
