import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { PanelLab } from "./lab";

let lab: PanelLab;
let page: Page;
beforeAll(async () => {
  lab = await PanelLab.start();
});
afterAll(() => lab?.stop());
beforeEach(async () => {
  page = await lab.blank("widget.html");
  await page.waitForFunction(() => window.widget !== undefined);
});
afterEach(() => page.context().close());

const run = () =>
  page.evaluate(() => {
    window.widget.stop = window.widget.start();
  });

test("runs over the kernel alone, says so, and follows the notebook's theme and height", async () => {
  await run();
  await page.getByText("over the kernel: pauses while a cell runs").waitFor();
  await page.getByRole("heading", { name: "No layer yet" }).waitFor();
  const seen = await page.evaluate(() => {
    const { model, el } = window.widget;
    return {
      height: el.clientHeight,
      theme: el.shadowRoot?.querySelector<HTMLElement>(".voxsieve")?.dataset.theme,
      tokens: model.sent.map(({ headers }) => headers["X-Voxsieve-Token"]),
      first: model.sent[0].path,
    };
  });
  expect(seen).toMatchObject({ height: 420, theme: "light", first: "/api/3f9c/hello" });
  expect(new Set(seen.tokens)).toEqual(new Set(["00ff"]));
  await page.evaluate(() => {
    window.widget.model.traits.height = 300;
    window.widget.model.emit("change:height");
    document.body.dataset.jpThemeLight = "false";
  });
  await page.waitForFunction(
    () =>
      window.widget.el.shadowRoot?.querySelector<HTMLElement>(".voxsieve")?.dataset.theme ===
      "dark",
  );
  expect(await page.evaluate(() => window.widget.el.clientHeight)).toBe(300);
});

test("a change that the kernel tells of is fetched", async () => {
  await run();
  await page.getByRole("heading", { name: "No layer yet" }).waitFor();
  const asked = () =>
    page.evaluate(
      () => window.widget.model.sent.filter(({ path }) => path.includes("/events")).length,
    );
  const before = await asked();
  await page.evaluate(() =>
    window.widget.model.emit("msg:custom", { kind: "changed", revision: 2 }, []),
  );
  await page.waitForFunction(
    (n) => window.widget.model.sent.filter(({ path }) => path.includes("/events")).length > n,
    before,
  );
  const path = await page.evaluate(
    () => window.widget.model.sent.filter(({ path }) => path.includes("/events")).at(-1)?.path,
  );
  expect(path).toContain("wait=0");
});

test("while nobody answers the saved picture stands there", async () => {
  await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    window.widget.model.traits.png = canvas.toDataURL();
    window.widget.model.traits.rungs = ["direct"];
  });
  await run();
  await page.getByAltText("What the viewer showed last").waitFor();
  await page.getByText("Start it again, or run the cell again.").waitFor();
});

test("what is taken away leaves neither listeners nor elements, also while it still looks for a way", async () => {
  for (const busy of [false, true]) {
    await page.evaluate((now) => {
      window.widget.model.busy = now;
    }, busy);
    await run();
    if (!busy) await page.getByRole("heading", { name: "No layer yet" }).waitFor();
    const left = await page.evaluate(() => {
      window.widget.stop?.();
      return [window.widget.model.listening, window.widget.el.shadowRoot?.childElementCount];
    });
    if (!busy) expect(left).toEqual([0, 0]);
    else expect(left[1]).toBe(0);
  }
});
