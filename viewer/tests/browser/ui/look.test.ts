import { afterAll, beforeAll, expect, test } from "vitest";
import { busy } from "./busy";
import { PanelLab, PICTURES } from "./lab";

let lab: PanelLab;
beforeAll(async () => {
  lab = await PanelLab.start();
});
afterAll(() => lab?.stop());

for (const theme of ["dark", "light"] as const)
  for (const [width, height] of [
    [1440, 900],
    [1000, 700],
    [480, 800],
  ])
    test(`everything fits, ${theme} ${width} x ${height}`, async () => {
      const page = await lab.page(width, height, theme, busy);
      await page.evaluate(() => window.mounted.store.engine.value?.settled());
      await page.waitForTimeout(600);
      await page.screenshot({ path: `${PICTURES}/${theme}-${width}.png` });
      expect(await page.evaluate(tooWide)).toEqual([]);
      await page.context().close();
    });

/** Parts of the viewer whose content is wider than they are, or that stand beyond its edge. Runs in the page. */
function tooWide(): string[] {
  const shadow = document.getElementById("viewer")?.shadowRoot;
  const parts = [
    ...(shadow?.querySelectorAll<HTMLElement>("div, li, section, header, table") ?? []),
  ];
  return parts
    .filter((part) => {
      const cut = getComputedStyle(part).overflowX !== "visible" && !part.matches(".clip");
      const beyond = part.getBoundingClientRect().right > innerWidth + 1;
      return beyond || (cut && part.scrollWidth > part.clientWidth + 1);
    })
    .map((part) => part.className || part.tagName);
}
