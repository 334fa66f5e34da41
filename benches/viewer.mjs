// From a slider to the picture, and from the command to the first picture; `make bench` runs it.
//
// Server and transfer: POST preview over the real server, three planes of 256 x 256 in the middle of a 1024^3 volume, one move of
// a slider after the other. Pixels: the same in headless Chromium with the software renderer, until the canvas is drawn again.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { chromium } = createRequire(join(ROOT, "viewer/package.json"))("playwright-core");
const BUILT = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release");
const PROGRAM = process.env.VOXSIEVE_BIN ?? join(BUILT, "voxsieve");
const DEVELOPER = process.env.VOXSIEVE_DEV ?? join(BUILT, "voxsieve-dev");
const WORK = join(ROOT, "bench-output/work");
const EDGE = 256;
const MOVES = 40;

/** A phantom as OME-Zarr, made once. */
function volume(size) {
  const path = join(WORK, `phantom-${size}.ome.zarr`);
  if (!existsSync(path)) {
    mkdirSync(WORK, { recursive: true });
    const scan = join(WORK, `phantom-${size}.tif`);
    execFileSync(DEVELOPER, ["phantom", String(size), scan]);
    execFileSync(PROGRAM, ["convert", scan, path, "--sync", "none", "--quiet"]);
  }
  return path;
}

function view(path) {
  const child = spawn(PROGRAM, ["view", path, "--no-browser", "--json", "--threads", "2"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((done, failed) => {
    let text = "";
    child.on("exit", (code) => failed(new Error(`voxsieve view ended with ${code}`)));
    child.stdout.on("data", (more) => {
      text += more;
      if (text.includes("\n")) {
        child.removeAllListeners("exit");
        done({ ...JSON.parse(text.slice(0, text.indexOf("\n"))), stop: () => child.kill("SIGINT") });
      }
    });
  });
}

function call(server, method, path, body) {
  return fetch(`http://127.0.0.1:${server.port}/api/${server.session}/${path}`, {
    method,
    headers: { "X-Voxsieve-Token": server.token, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
}

/** Moves of one slider, each of another value, so that no plane was computed before. A median has few radii: here what stands beyond the border moves. */
const SLIDERS = {
  "binary-threshold": (i) => ({ lower: 60 + i }),
  "median r=2": (i) => ({ radius: 2, boundary: "constant", "boundary-value": Math.floor(2 * i) }),
  gaussian: (i) => ({ "sigma": 1 + i / 20 }),
  "bilateral r=3": (i) => ({ radius: 3, "sigma-range": 20 + i }),
};

const middle = (shape) => shape.map((n) => [n / 2 - EDGE / 2, n / 2 + EDGE / 2]);

async function preview(server, shape, filter, params, seq, shift) {
  const at = shape.map((n) => n / 2 + shift);
  const begun = performance.now();
  const answer = await call(server, "POST", "preview?client=bench", {
    seq,
    layer: "image",
    level: 0,
    steps: [{ filter, params, enabled: true }],
    region: middle(shape),
    slice: at,
    axes: ["z", "y", "x"],
  });
  const bytes = await answer.arrayBuffer();
  const seconds = performance.now() - begun;
  if (!answer.ok) {
    throw new Error(`${filter}: ${answer.status} ${Buffer.from(bytes)}`);
  }
  if (bytes.byteLength < 3 * EDGE * EDGE) {
    throw new Error(`${filter}: ${bytes.byteLength} bytes are no three planes`);
  }
  return seconds;
}

const percentile = (values, part) => [...values].sort((a, b) => a - b)[Math.floor(part * (values.length - 1))];
const figures = (values) => [0.5, 0.95].map((part) => percentile(values, part).toFixed(1)).join(" | ");

const FLAGS = [
  "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--enable-webgl",
  "--ignore-gpu-blocklist", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-quic", "--no-first-run",
];

/** An empty tab that knows nothing from before. */
async function tab(browser) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  return context.newPage();
}

async function open(page, server) {
  await page.goto(server.url);
  await page.waitForFunction(() => document.querySelector("#viewer")?.voxsieve?.engine);
}

/** Milliseconds from a preview that is asked for to slices that are drawn with it. */
function pixels(page, filter, params, seq) {
  return page.evaluate(
    async ({ filter, params, seq, edge }) => {
      const { engine, client, store } = document.querySelector("#viewer").voxsieve;
      const { shape } = store.document.value.frame;
      const begun = performance.now();
      const answer = await client.preview({
        seq,
        layer: "image",
        level: 0,
        steps: [{ filter, params, enabled: true }],
        region: shape.map((n) => [n / 2 - edge / 2, n / 2 + edge / 2]),
        slice: store.document.value.view.slice,
        axes: ["z", "y", "x"],
      });
      engine.showPreview(answer, 0);
      await engine.pixels({ left: 10, top: 60, width: 4, height: 4 });
      return performance.now() - begun;
    },
    { filter, params, seq, edge: EDGE },
  );
}

async function latency() {
  const path = volume(1024);
  const server = await view(path);
  const { frame } = await (await call(server, "GET", "state")).json();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const opened = await tab(browser);
  await open(opened, server);
  // A slice alone: what 3D takes depends on the graphics card, and here there is none.
  await opened.evaluate(async () => {
    const { engine, store } = document.querySelector("#viewer").voxsieve;
    store.change({ view: { layout: "xy" } });
    await engine.settled();
  });
  console.log(`\n## From slider to slices: three planes of ${EDGE}^2 in a ${frame.shape[0]}^3 volume, ms\n`);
  console.log("| filter | server and transfer p50 | p95 | with the pixels of one slice, software renderer p50 | p95 |");
  console.log("|---|---|---|---|---|");
  let seq = 1_000_000;
  for (const [name, params] of Object.entries(SLIDERS)) {
    const filter = name.split(" ")[0];
    await preview(server, frame.shape, filter, params(0), seq++, 0);
    const there = [];
    for (let i = 1; i <= MOVES; i++) {
      there.push(await preview(server, frame.shape, filter, params(i), seq++, i));
    }
    const drawn = [];
    for (let i = 1; i <= MOVES / 4; i++) {
      drawn.push(await pixels(opened, filter, params(i + 0.5), seq++));
    }
    console.log(`| ${name} | ${figures(there)} | ${figures(drawn)} |`);
  }
  await browser.close();
  server.stop();
}

/** Until pixels of a brick are there: the answer of the graphics card comes after all that it was told to draw. */
function picture(page) {
  return page.evaluate(
    () =>
      new Promise((done) => {
        const element = document.querySelector("#viewer");
        const { engine } = element.voxsieve;
        const gl = element.shadowRoot.querySelector("canvas").getContext("webgl2");
        const look = () => {
          if (engine.report().bricks === 0) return;
          gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
          done();
        };
        engine.on("drawn", look);
        look();
      }),
  );
}

const TABS = 5;

async function first(size) {
  const path = volume(size);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const [started, answered, drawn] = [[], [], []];
  for (let round = 0; round <= TABS; round++) {
    const begun = performance.now();
    const server = await view(path);
    started.push(performance.now() - begun);
    const { layers } = await (await call(server, "GET", "state")).json();
    const level = layers[0].levels.length - 1;
    await (await call(server, "GET", `layers/image/brick/${level}/0/0/0?version=${layers[0].version}`)).arrayBuffer();
    answered.push(performance.now() - begun);
    const opened = await tab(browser);
    const loading = performance.now();
    await open(opened, server);
    await picture(opened);
    drawn.push(performance.now() - loading);
    server.stop();
    await opened.close();
  }
  await browser.close();
  const median = (values) => percentile(values, 0.5).toFixed(0);
  const [cold, ...warm] = drawn;
  console.log(`\n## First picture of a ${size}^3 OME-Zarr, ms (medians; ${TABS} tabs)\n`);
  console.log("| address printed | first brick of the coarsest level | page in a new tab, to pixels | least to most | in a browser just started |");
  console.log("|---|---|---|---|---|");
  const range = `${Math.min(...warm).toFixed(0)} to ${Math.max(...warm).toFixed(0)}`;
  console.log(`| ${median(started)} | ${median(answered)} | ${median(warm)} | ${range} | ${cold.toFixed(0)} |`);
}

const sizes = process.argv.slice(2).map(Number);
await latency();
await first(sizes[0] ?? 2048);
