import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { busy } from "./busy";
import { PanelLab, type Scenery } from "./lab";

let lab: PanelLab;
let page: Page;
beforeAll(async () => {
  lab = await PanelLab.start();
});
afterAll(() => lab?.stop());
afterEach(() => page.context().close());

async function open(scenery: Scenery = busy): Promise<void> {
  page = await lab.page(900, 640, "dark", scenery);
  await page.waitForFunction(() => window.mounted.store.document.value !== null);
}

/** The document as the server has it. */
const stored = () => page.evaluate(() => window.client.document);
const server = (change: object) => page.evaluate((c) => window.client.set(c), change);
/** Until the server has all that the viewer shows, and nothing is on its way that could land later. */
const calm = () =>
  page.waitForFunction(() => {
    const { store } = window.mounted;
    const { queued, flying } = store["sync"] as unknown as Record<string, unknown>;
    const { display, residency } = store.document.value ?? {};
    const here = JSON.stringify([display, residency]);
    const there = JSON.stringify([
      window.client.document.display,
      window.client.document.residency,
    ]);
    const alike = here === there && store.residency.value?.loaded === residency?.loaded;
    return alike && !queued && !flying;
  });
const until = (condition: string) => page.waitForFunction(condition);

test("the label under the crosshair is shown alone, named and coloured", async () => {
  await open();
  await page.getByRole("button", { name: /^Pores/ }).click();
  // A place with a label: found in the volume itself.
  const [place, label] = await page.evaluate(() => {
    const { levels } = window.client.phantoms.filter(({ layer }) => layer.role === "labels")[0];
    const at = levels[0].data.findIndex((value) => value > 0);
    const [, ny, nx] = levels[0].shape;
    const place = [Math.floor(at / (ny * nx)), Math.floor(at / nx) % ny, at % nx];
    return [place, levels[0].data[at]] as const;
  });
  await server({ view: { slice: place } });
  await page.getByRole("button", { name: "Isolate" }).click();
  await until(`window.client.document.display.pores.isolate === ${label}`);
  await page.getByRole("button", { name: "Show all labels" }).click();
  await until("window.client.document.display.pores.isolate === null");
  await page.getByRole("button", { name: "Name", exact: true }).click();
  const name = page.getByLabel(`Name of label ${label}`);
  await name.fill("canal");
  await name.press("Enter");
  await page.getByLabel(`Colour of label ${label}`).fill("#ff0080");
  await until(`window.client.document.display.pores.colors["${label}"] === "#ff0080"`);
  expect((await stored()).display.pores.names[String(label)]).toBe("canal");
});

test("filters change places by button and by drag, are switched off and removed", async () => {
  await open();
  const order = async () => (await stored()).filter.steps.map(({ filter }) => filter).join(" ");
  await page.getByRole("button", { name: "Move Median down" }).click();
  await until("window.client.document.filter.steps[0].filter === 'gaussian'");
  await page.locator(".step .grip").nth(1).dragTo(page.locator(".step").nth(0));
  await until("window.client.document.filter.steps[0].filter === 'median'");
  expect(await order()).toBe("median gaussian");
  await page.getByRole("button", { name: "Use Median" }).click();
  await until("window.client.document.filter.steps[0].enabled === false");
  await page.getByRole("button", { name: "Remove Gaussian smoothing" }).click();
  await until("window.client.document.filter.steps.length === 1");
  expect(await order()).toBe("median");
});

test("a length is typed in units, and a border is chosen among the details", async () => {
  await open();
  const field = page.getByLabel(/^radius: /);
  await field.fill("30 um");
  await field.press("Enter");
  await until("window.client.document.filter.steps[0].params.radius === '30 um'");
  expect(await page.locator(".param .other").first().textContent()).toContain("≈ 2 vox");
  await page.getByRole("button", { name: "use voxels" }).first().click();
  await until("window.client.document.filter.steps[0].params.radius === 2");
  await page.getByRole("button", { name: "boundary" }).first().click();
  await page
    .getByLabel(/^boundary: /)
    .first()
    .selectOption("constant");
  await page.getByLabel(/^boundary value: /).waitFor();
  await until("window.client.document.filter.steps[0].params.boundary === 'constant'");
});

test("the space bar shows the image before the filter as long as it is held", async () => {
  await open();
  await page.getByRole("application").focus();
  const holding = () => page.evaluate(() => window.mounted.store.holding.value);
  await page.keyboard.down(" ");
  expect(await holding()).toBe(true);
  await page.keyboard.up(" ");
  expect(await holding()).toBe(false);
  await page.keyboard.down(" ");
  await page.evaluate(() =>
    (document.activeElement?.shadowRoot?.activeElement as HTMLElement | undefined)?.blur(),
  );
  expect(await holding()).toBe(false);
  expect((await stored()).compare).toBeNull();
});

test("window handles move by pointer and keys, the filtered layer along as long as it looks alike", async () => {
  const alike = {
    window: [800, 20500],
    visible: true,
    opacity: 1,
    colormap: "gray",
    inverted: false,
    isolate: null,
    names: {},
    colors: {},
  };
  await open({
    ...busy,
    document: { ...busy.document, display: { image: alike, filtered: alike } },
  });
  const high = page.getByRole("slider", { name: "Window: brightest value" });
  const before = await high.boundingBox();
  if (!before) throw new Error("The handle has no place.");
  await page.mouse.move(before.x + 7, before.y + 30);
  await page.mouse.down();
  await page.mouse.move(before.x - 60, before.y + 30, { steps: 5 });
  await page.mouse.up();
  await until("window.client.document.display.image.window[1] < 18000");
  await calm();
  const { display } = await stored();
  expect(display.filtered.window).toEqual(display.image.window);
  await server({ display: { filtered: { window: [0, 1] } } });
  await high.focus();
  await page.keyboard.press("ArrowLeft");
  await until(`window.client.document.display.image.window[1] < ${display.image.window[1]}`);
  expect((await stored()).display.filtered.window).toEqual([0, 1]);
});

test("the ruler measures a line on a slice, and from a place to the crosshair by keys", async () => {
  await open();
  const { frame, view } = await stored();
  const spacing = frame?.spacing ?? [0, 0, 0];
  await page.getByRole("button", { name: /^Ruler/ }).click();
  const pane = await page.getByRole("group", { name: "View XY" }).boundingBox();
  if (!pane) throw new Error("There is no XY view.");
  const [x, y] = [pane.x + pane.width / 2 - 30, pane.y + pane.height / 2 - 20];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 20, y + 10, { steps: 3 });
  await page.mouse.move(x + 60, y + 25);
  await page.mouse.up();
  const zoom = await page.evaluate(() => window.mounted.store.zoomNow());
  const micrometers = (Math.hypot(60, 25) / zoom) * Math.min(...spacing);
  const told = page.getByText(/^ruler /);
  expect(Number.parseFloat(((await told.textContent()) ?? "").slice(6))).toBeCloseTo(
    micrometers,
    0,
  );
  expect((await stored()).view.slice).toEqual(view.slice);
  expect(await page.locator(".pane .ruler text").allTextContents()).toEqual([
    (await told.textContent())?.slice(6),
  ]);
  // The wheel and the arrows move on while the line stays.
  const before = await told.textContent();
  await page.keyboard.press("ArrowRight");
  await until(`window.client.document.view.slice[2] === ${view.slice[2] + 1}`);
  expect(await told.textContent()).toBe(before);
  await page.keyboard.press("d");
  expect(await page.locator(".pane .ruler").count()).toBe(0);
  await page.keyboard.press("d");
  for (const key of ["Shift+ArrowRight", "PageUp", "PageUp"]) await page.keyboard.press(key);
  const slice = [view.slice[0] + 2, view.slice[1], view.slice[2] + 11];
  await until(`window.client.document.view.slice.join() === "${slice.join()}"`);
  const length = Math.hypot(2 * spacing[0], 10 * spacing[2]);
  expect(Number.parseFloat(((await told.textContent()) ?? "").slice(6))).toBeCloseTo(length, 1);
});

test("the ROI is typed in voxels and in units, kept inside, and reset", async () => {
  await open();
  const first = page.getByLabel("ROI: first edge along x, voxel");
  await first.fill("-7");
  await first.press("Enter");
  await until("window.client.document.roi.start[2] === 0");
  await page.getByRole("button", { name: "units", exact: true }).click();
  const last = page.getByLabel("ROI: last edge along x, µm");
  await last.fill("506.25");
  await last.press("Enter");
  await until("window.client.document.roi.end[2] === 41");
  await page.getByRole("button", { name: "The whole volume" }).click();
  await until("window.client.document.roi.end[2] === 128");
});

test("a layer that is computed, and one that failed, say so", async () => {
  await open();
  const layers = await page.evaluate(() => window.client.document.layers);
  const [image, filtered, pores] = layers;
  await server({
    layers: [
      {
        ...image,
        status: "computing",
        note: "levels 1 and 2 are samples until the pyramid is made",
      },
      { ...filtered, status: "failed", note: "The file ends in the middle of a chunk." },
      pores,
    ],
  });
  await page.getByText("computing", { exact: true }).waitFor();
  await page.getByText("levels 1 and 2 are samples until the pyramid is made").waitFor();
  await page.getByRole("alert").getByText("The file ends in the middle of a chunk.").waitFor();
});

test("of two views the one used last tells what is loaded, and they do not fight over it", async () => {
  await open();
  const reports = () =>
    page.evaluate(
      () =>
        window.client.log.filter(
          ([kind, patch]) => kind === "patch" && "residency" in (patch as object),
        ).length,
    );
  await until("window.client.document.residency?.client === 'c-test'");
  await until("window.client.document.residency.loaded === 1");
  await calm();
  const before = await reports();
  await server({ residency: { level: 2, loaded: 0.5, client: "c-other" } });
  await page.waitForTimeout(900);
  expect(await reports()).toBe(before);
  await page.getByRole("application").focus();
  await until("window.client.document.residency.client === 'c-test'");
});

test("what is typed into a field is no shortcut, neither here nor in the notebook around", async () => {
  await open();
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    document.addEventListener("keydown", (event) => heard.push(event.key));
  });
  await page.getByLabel("ROI: first edge along x, voxel").focus();
  await page.keyboard.type("5c");
  await page.keyboard.press("Escape");
  const seen = await page.evaluate(() => [
    (window as never as { heard: string[] }).heard,
    document.getElementById("viewer")?.getAttribute("data-lm-suppress-shortcuts"),
  ]);
  expect(seen).toEqual([[], "true"]);
  expect(await stored()).toMatchObject({ view: { layout: "quad" }, crop: true });
});

test("a wish for a picture is answered once", async () => {
  await open();
  await page.evaluate(() => window.mounted.store.engine.value?.settled());
  await server({ screenshot: 1 });
  await until("window.client.log.some(([kind]) => kind === 'screenshot')");
  const pictures = await page.evaluate(() =>
    window.client.log.filter(([kind]) => kind === "screenshot").map(([, picture]) => picture),
  );
  expect(pictures).toMatchObject([{ serial: 1 }]);
  expect((pictures[0] as { bytes: number }).bytes).toBeGreaterThan(1000);
});
