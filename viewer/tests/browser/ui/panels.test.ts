import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busy, job } from "./busy";
import { PanelLab, PICTURES } from "./lab";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let lab: PanelLab;
beforeAll(async () => {
  lab = await PanelLab.start();
});
afterAll(() => lab?.stop());

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary: string }[];
}

/** What axe calls serious or critical. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found: Violation[] = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
}

const log = (page: Page, what: string) =>
  page.evaluate(
    (name) => window.client.log.filter(([kind]) => kind === name).map(([, value]) => value),
    what,
  );

/** The name of the element within the viewer that has the focus; null when none has. */
const focus = (page: Page) =>
  page.evaluate(() => {
    const inner = document.getElementById("viewer")?.shadowRoot?.activeElement;
    if (!inner) return null;
    return (
      inner.getAttribute("aria-label") ?? inner.closest("label, button")?.textContent?.trim() ?? ""
    );
  });

describe.each(["dark", "light"] as const)("in the %s theme", (theme) => {
  test("axe finds nothing serious in the panels, dialogs and lists", async () => {
    const page = await lab.page(1440, 900, theme, busy);
    await page.waitForTimeout(800);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Apply to volume…" }).click();
    await page.getByText("Memory").waitFor();
    await page.screenshot({ path: `${PICTURES}/${theme}-apply.png` });
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Keys (?)" }).click();
    await page.screenshot({ path: `${PICTURES}/${theme}-help.png` });
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add filter" }).click();
    await page.screenshot({ path: `${PICTURES}/${theme}-adder.png` });
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  test("axe finds nothing serious in the compact form and in the states without a picture", async () => {
    const compact = await lab.page(480, 800, theme, busy);
    await compact.waitForTimeout(500);
    for (const tab of ["Histogram", "Filters", "ROI", "Layers"]) {
      await compact.getByRole("tab", { name: tab }).click();
      await compact.waitForTimeout(150);
      await compact.screenshot({ path: `${PICTURES}/${theme}-480-${tab}.png` });
      expect(await violations(compact)).toEqual([]);
    }
    await compact.context().close();
    const empty = await lab.page(1000, 700, theme, { layers: [] });
    await empty.getByRole("heading", { name: "No layer yet" }).waitFor();
    await empty.evaluate(() => window.client.connect("gone"));
    await empty.getByText("Disconnected from the server.").waitFor();
    await empty.screenshot({ path: `${PICTURES}/${theme}-empty.png` });
    expect(await violations(empty)).toEqual([]);
    await empty.context().close();
  });
});

describe("by keyboard alone", () => {
  test("every control of the page is reached and visibly focused, and nothing traps the focus", async () => {
    const page = await lab.page(1000, 700, "dark", busy);
    await page.waitForTimeout(500);
    const seen: string[] = [];
    for (let i = 0; i < 140; i++) {
      await page.keyboard.press("Tab");
      const now = await focus(page);
      if (now === null) break;
      seen.push(now);
    }
    for (const wanted of [
      "Slices and 3D (1)",
      "Slices and 3D. Press ? for the keys.",
      "Slice along z",
      "Opacity of Tibia",
      "Window: darkest value",
      "Threshold: least value",
      "radius",
      "Add filter",
      "Apply to volume…",
      "ROI: first edge along x, voxel",
      "Cancel tibia-median-gaussian",
    ])
      expect(seen, wanted).toContain(wanted);
    expect(await focus(page)).toBeNull();
    await page.context().close();
  });

  test("slices, layouts, window and camera move; the page keeps keys that are not ours", async () => {
    const page = await lab.page(1000, 700, "dark", busy);
    await page.getByRole("application").focus();
    const document = () => page.evaluate(() => window.mounted.store.document.value);
    await page.keyboard.press("PageUp");
    await page.keyboard.press("Shift+ArrowRight");
    expect((await document())?.view.slice).toEqual([49, 64, 74]);
    await page.keyboard.press("5");
    expect((await document())?.view.layout).toBe("volume");
    await page.keyboard.press("ArrowRight");
    const camera = (await document())?.view.camera;
    expect(camera).not.toBeNull();
    await page.keyboard.press("1");
    await page.keyboard.press("[");
    const narrower = (await document())?.display.image.window as [number, number];
    expect(narrower[1] - narrower[0]).toBeLessThan(20500 - 800);
    await page.keyboard.press("c");
    await page.keyboard.press("m");
    expect(await document()).toMatchObject({ crop: false, view: { mode: "mip" } });
    await page.keyboard.press("l");
    expect((await document())?.display.pores.visible).toBe(false);
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keys and pointer" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await page.locator("dialog").count()).toBe(0);
    await page.keyboard.press("Escape");
    expect(await focus(page)).toBeNull();
    await page.keyboard.press("5");
    expect((await document())?.view.layout).toBe("quad");
    await page.context().close();
  });

  test("a filter is added, tuned, moved and applied", async () => {
    const page = await lab.page(1000, 700, "dark");
    await page.getByRole("button", { name: "Add filter" }).click({ trial: true });
    await page.getByRole("button", { name: "Add filter" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type("median");
    await page.keyboard.press("Enter");
    await page.getByRole("slider", { name: "radius" }).focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => window.client.document.filter.steps[0]?.params.radius === 4);
    const steps = () => page.evaluate(() => window.client.document.filter.steps);
    expect(await steps()).toEqual([{ filter: "median", params: { radius: 4 }, enabled: true }]);
    const previews = (await log(page, "preview")) as {
      seq: number;
      steps: { params: { radius: number } }[];
    }[];
    expect(previews.length).toBeGreaterThan(1);
    expect(previews.at(-1)?.steps[0].params.radius).toBe(4);
    expect(previews.map(({ seq }) => seq)).toEqual(
      previews.map(({ seq }) => seq).sort((a, b) => a - b),
    );
    await page.getByRole("button", { name: "Apply to volume…" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Memory").waitFor();
    await page.getByRole("button", { name: "Start" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForTimeout(200);
    expect(await log(page, "start")).toMatchObject([
      { name: "tibia-median", region: "volume", level: 0 },
    ]);
    await page.context().close();
  });
});

describe("states", () => {
  test("an error of a parameter stands beside it", async () => {
    const page = await lab.page(1000, 900, "dark");
    await page.waitForTimeout(300);
    await page.evaluate(() => {
      window.client.outlineError = new window.ui.Refused({
        kind: "parameter",
        message: "radius: 99 is outside 0 to 50",
        parameter: "radius",
      });
    });
    await page.getByRole("button", { name: "Add filter" }).click();
    await page.getByRole("option", { name: /^Median/ }).click();
    const wrong = page.locator(".param .wrong");
    await wrong.waitFor();
    expect(await wrong.textContent()).toContain("99 is outside 0 to 50");
    expect(await page.getByRole("button", { name: "Apply to volume…" }).isDisabled()).toBe(true);
    await page.context().close();
  });

  test("a refusal says what would fit", async () => {
    const page = await lab.page(1000, 700, "dark", busy);
    await page.evaluate(() => {
      window.client.refusal = new window.ui.Refused({
        kind: "budget",
        message: "The run needs 3 GiB and may take 2 GiB.",
        least_bytes: 96 * 2 ** 20,
      });
    });
    await page.getByRole("button", { name: "Apply to volume…" }).click();
    await page.getByText("It would fit into 96 MiB.").waitFor();
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(true);
    await page.screenshot({ path: `${PICTURES}/dark-refused.png` });
    await page.context().close();
  });

  test("a server that is gone is named, the last picture stays, and changes go out when it is back", async () => {
    const page = await lab.page(1000, 700, "dark", busy);
    await page.waitForTimeout(400);
    await page.evaluate(() => {
      window.client.connect("gone");
      window.client.unreachable = true;
    });
    await page.getByText("The last picture stays; trying again.").waitFor();
    await page.getByRole("application").focus();
    await page.keyboard.press("PageUp");
    await page.waitForTimeout(100);
    expect(await page.evaluate(() => window.client.document.view.slice[0])).toBe(48);
    await page.screenshot({ path: `${PICTURES}/dark-gone.png` });
    await page.evaluate(() => {
      window.client.unreachable = false;
      window.client.connect("connected");
      window.client.set({ crop: false });
    });
    await page.waitForFunction(() => window.client.document.view.slice[0] === 49);
    expect(await page.getByText("The last picture stays; trying again.").count()).toBe(0);
    await page.context().close();
  });

  test("a comparison has a handle for pointer and keys", async () => {
    const page = await lab.page(900, 640, "dark", {
      ...busy,
      document: { ...busy.document, threshold: null },
    });
    await page.waitForTimeout(400);
    await page.getByRole("button", { name: "Compare with the image before the filter" }).click();
    const wipe = page.getByRole("slider", { name: "Wipe between before and after" }).first();
    const box = await wipe.boundingBox();
    if (!box) throw new Error("The handle has no place.");
    await page.mouse.move(box.x + 12, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x - 88, box.y + 100, { steps: 4 });
    await page.mouse.up();
    const position = () =>
      page.evaluate(() => window.mounted.store.document.value?.compare?.position ?? 0);
    const dragged = await position();
    expect(dragged).toBeLessThan(0.4);
    await wipe.focus();
    await page.keyboard.press("ArrowRight");
    expect(await position()).toBeCloseTo(dragged + 0.02, 5);
    await page.evaluate(() => window.mounted.store.engine.value?.settled());
    await page.screenshot({ path: `${PICTURES}/dark-wipe.png` });
    await page.context().close();
  });

  test("progress and end of a job are said once to a screen reader", async () => {
    const page = await lab.page(1000, 700, "dark", busy);
    await page.waitForTimeout(300);
    const say = (change: object) =>
      page.evaluate((c) => window.client.set({ jobs: [c] }), { ...job, ...change });
    const live = page.locator(".jobs [aria-live]");
    await say({ done: 300 });
    expect(await live.textContent()).toBe("tibia-median-gaussian 50 %");
    await say({ status: "done", done: 512 });
    expect(await live.textContent()).toBe("tibia-median-gaussian is done");
    await page.context().close();
  });

  test("a viewer that is taken away leaves nothing behind, and another can come", async () => {
    const page = await lab.page(1000, 700, "dark", busy);
    await page.waitForTimeout(300);
    const left = await page.evaluate(() => {
      window.mounted.dispose();
      const element = document.getElementById("viewer") as HTMLElement & { voxsieve?: unknown };
      return [
        element.shadowRoot?.childElementCount,
        element.voxsieve,
        window.client.log.at(-1)?.[0],
      ];
    });
    expect(left).toEqual([0, undefined, "dispose"]);
    await page.context().close();
  });
});
