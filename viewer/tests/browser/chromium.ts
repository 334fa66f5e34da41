/** Starts Chromium on the test page. One browser and one server serve a file of tests. */

import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { launch } from "./launch";

/** A served test page in a browser. */
export class Lab {
  private constructor(
    private readonly server: ViteDevServer,
    private readonly browser: Browser,
    private readonly address: string,
  ) {}

  static async start(): Promise<Lab> {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const server = await createServer({
      root,
      configFile: false,
      logLevel: "error",
      server: { hmr: false, host: "127.0.0.1" },
    });
    await server.listen(0);
    const browser = await launch();
    const address = `${server.resolvedUrls?.local[0]}tests/browser/page/index.html`;
    return new Lab(server, browser, address);
  }

  /** A fresh page; errors in it end the test. */
  async page(): Promise<Page & { errors: string[] }> {
    const page = (await this.browser.newPage({ viewport: { width: 640, height: 480 } })) as Page & {
      errors: string[];
    };
    page.errors = [];
    page.on("pageerror", (error) => page.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") page.errors.push(message.text());
    });
    await page.goto(this.address);
    await page.waitForFunction(() => window.vx !== undefined, null, { timeout: 15_000 });
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}
