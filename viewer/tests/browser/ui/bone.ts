/** A volume that looks like bone: struts in a cylinder, with noise; the same smoothed; and its pores as labels. */

import type { Triple } from "../../../src/protocol/document";
import { type Phantom, phantom } from "../page/phantom";

export const SHAPE: Triple = [96, 128, 128];
const SPACING: Triple = [12.5, 12.5, 12.5];

/** A number from 0 to 1 that looks like chance and is the same each time. */
function chance(z: number, y: number, x: number): number {
  let h = (z * 73856093) ^ (y * 19349663) ^ (x * 83492791);
  h = Math.imul(h ^ (h >>> 13), 0x5bd1e995);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** How far inside a strut a place is: above 0 is bone. */
function depth(z: number, y: number, x: number): number {
  const [cz, cy, cx] = [z * 0.19, y * 0.19, x * 0.19];
  const warp = 0.8 * Math.sin(z * 0.05 + x * 0.03);
  const gyroid =
    Math.sin(cx + warp) * Math.cos(cy) +
    Math.sin(cy + warp) * Math.cos(cz) +
    Math.sin(cz) * Math.cos(cx);
  const radius = Math.hypot(y - 64, x - 64) / 58;
  const shell = 4 * (radius - 0.86);
  return radius > 1 ? -2 : Math.max(gyroid - 0.35, shell);
}

function grey(z: number, y: number, x: number, noise: number): number {
  const d = depth(z, y, x);
  const bone = 1 / (1 + Math.exp(-7 * d));
  const radius = Math.hypot(y - 64, x - 64) / 58;
  const ground = radius > 1 ? 900 : 3400;
  const value = ground + bone * 14500 + (chance(z, y, x) - 0.5) * noise;
  return Math.max(0, Math.min(65535, Math.round(value)));
}

const common = { shape: SHAPE, spacing: SPACING, levels: 3, stored: "u16" as const };

export function bone(): Phantom {
  return phantom({
    ...common,
    id: "image",
    window: [800, 20500],
    value: (z, y, x) => grey(z, y, x, 5200),
  });
}

export function smoothed(): Phantom {
  return phantom({
    ...common,
    id: "filtered",
    window: [800, 20500],
    value: (z, y, x) => grey(z, y, x, 500),
  });
}

export function pores(): Phantom {
  const cell = (v: number) => Math.floor(v / 24);
  return phantom({
    ...common,
    id: "pores",
    role: "labels",
    stored: "u32",
    value: (z, y, x) =>
      depth(z, y, x) < -0.55 && Math.hypot(y - 64, x - 64) < 48
        ? 1 + cell(z) * 49 + cell(y) * 7 + cell(x)
        : 0,
  });
}
