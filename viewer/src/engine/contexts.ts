/** Browsers keep few graphics contexts: at most four viewers of a page are awake, the others show a picture. */

/** A viewer that can give its context away. */
export interface Sleeper {
  sleep(): void;
}

export const MOST_AWAKE = 4;

/** Copies of this module in one page (several notebook outputs) must count together. */
const SHARED = Symbol.for("voxsieve.contexts");

/** Awake viewers, the one used longest ago first. */
function awake(): Sleeper[] {
  const page = globalThis as { [SHARED]?: Sleeper[] };
  page[SHARED] ??= [];
  return page[SHARED];
}

/** Marks a viewer as just used, and puts the oldest to sleep when there are too many. */
export function claim(sleeper: Sleeper): void {
  release(sleeper);
  const all = awake();
  while (all.length >= MOST_AWAKE) all.shift()?.sleep();
  all.push(sleeper);
}

/** The viewer sleeps or is gone. */
export function release(sleeper: Sleeper): void {
  const all = awake();
  const at = all.indexOf(sleeper);
  if (at >= 0) all.splice(at, 1);
}
