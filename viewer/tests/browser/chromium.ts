/** Starts Chromium on the test page. One browser and one server serve a file of tests. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";

const FLAGS = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--enable-webgl",
  "--ignore-gpu-blocklist",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A served test page in a browser. */
export class Lab {
  private constructor(
    private readonly server: ViteDevServer,
    private readonly browser: Browser,
    private readonly address: string,
  ) {}

  static async start(): Promise<Lab> {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const executablePath = process.env.VOXSIEVE_CHROMIUM ?? PATHS.find((path) => existsSync(path));
    if (executablePath === undefined)
      throw new Error("Install Chromium, or name it in VOXSIEVE_CHROMIUM.");
    const server = await createServer({
      root,
      configFile: false,
      logLevel: "error",
      server: { hmr: false, host: "127.0.0.1" },
    });
    await server.listen(0);
    const browser = await chromium.launch({ executablePath, args: FLAGS });
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
