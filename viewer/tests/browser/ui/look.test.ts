import { afterAll, beforeAll, test } from "vitest";
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
    test(`${theme} ${width} x ${height}`, async () => {
      const page = await lab.page(width, height, theme, busy);
      await page.evaluate(() => window.mounted.store.engine.value?.settled());
      await page.waitForTimeout(600);
      await page.screenshot({ path: `${PICTURES}/${theme}-${width}.png` });
      await page.context().close();
    });
