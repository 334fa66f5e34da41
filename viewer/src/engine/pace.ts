/** How fine the 3D view is drawn: coarse while something moves, the coarser the slower the machine; fine when all is still. */

import type { Quality } from "./volume";

export const FINE: Quality = { divisor: 1, step: 0.5 };

/** Milliseconds of stillness before the fine picture. */
export const REST = 180;

/** Milliseconds to the next display frame: above the first a picture is too fine, below the second it may be finer. */
const SLOW = 70;
const FAST = 24;

export class Pace {
  private divisor = 2;

  get coarse(): Quality {
    return { divisor: this.divisor, step: this.divisor > 2 ? 1.5 : 1 };
  }

  /** Notes how long a coarse picture held up the next display frame. */
  took(milliseconds: number): void {
    if (milliseconds > SLOW) this.divisor = Math.min(6, this.divisor + 1);
    else if (milliseconds < FAST) this.divisor = Math.max(2, this.divisor - 1);
  }
}
