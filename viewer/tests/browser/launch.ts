/** Headless Chromium that draws in software. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

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

export function launch(): Promise<Browser> {
  const executablePath = process.env.VOXSIEVE_CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error("Install Chromium, or name it in VOXSIEVE_CHROMIUM.");
  return chromium.launch({ executablePath, args: FLAGS });
}
