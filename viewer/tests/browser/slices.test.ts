import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./chromium";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab.stop());

describe("slices", () => {
  test("show the voxels of the array exactly, all three axes, u8", async () => {
    const page = await lab.page();
    const wrong = await page.evaluate(async () => {
      const { stage, scene, phantom, voxel, QUAD } = window.vx;
      const value = (z: number, y: number, x: number) =>
        (z * 37 + y * 11 + x * 5 + ((x * y) >> 3)) & 255;
      const one = phantom({ shape: [61, 75, 93], stored: "u8", levels: 3, value });
      const { engine } = stage([one]);
      engine.setPanes(QUAD, 1);
      const at = [17, 40, 66] as [number, number, number];
      const center = [30, 37, 46] as [number, number, number];
      engine.setScene(scene([one.layer], { view: { slice: at, center, zoom: 1 } }));
      await engine.settled();
      const level = one.levels[0];
      const views = {
        z: (u: number, v: number) => [at[0], v + center[1] - 48, u + center[2] - 64],
        y: (u: number, v: number) => [v + center[0] - 48, at[1], u + center[2] - 64],
        x: (u: number, v: number) => [v + center[0] - 48, u + center[1] - 64, at[2]],
      };
      const inside = ([z, y, x]: number[]) =>
        z >= 0 && y >= 0 && x >= 0 && z < 61 && y < 75 && x < 93;
      let [bad, good] = [0, 0];
      for (const axis of ["z", "y", "x"] as const) {
        const rect = QUAD[axis] as { left: number; top: number; width: number; height: number };
        const got = await engine.pixels(rect);
        for (let v = 0; v < rect.height; v++)
          for (let u = 0; u < rect.width; u++) {
            const place = views[axis](u, v);
            if (!inside(place)) continue;
            const want = voxel(level, place[0], place[1], place[2]);
            const i = 4 * (v * rect.width + u);
            if (got[i] === want && got[i + 1] === want && got[i + 2] === want) good++;
            else bad++;
          }
      }
      return { bad, good };
    });
    console.log(wrong, page.errors);
    await page.screenshot({ path: "/tmp/shot1.png" });
    expect(wrong.bad).toBe(0);
  });
});
