/** How fine the 3D view is drawn: coarse while something moves, the coarser the slower the machine; fine when all is still. */

import type { Quality } from "./volume";

export const FINE: Quality = { divisor: 1, step: 0.5 };

/** Milliseconds of stillness before the fine picture. */
export const REST = 180;

const SLOW = 70;
const FAST = 24;

export class Pace {
  private divisor = 2;
  private last = 0;

  get coarse(): Quality {
    return { divisor: this.divisor, step: this.divisor > 2 ? 1.5 : 1 };
  }

  /** Notes the moment of a picture while something moves; the time between two tells how slow the machine is. */
  drew(now: number): void {
    const between = now - this.last;
    this.last = now;
    if (between > 500) return;
    if (between > SLOW) this.divisor = Math.min(6, this.divisor + 1);
    else if (between < FAST) this.divisor = Math.max(2, this.divisor - 1);
  }
}
