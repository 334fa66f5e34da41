/** Bricks that are asked for again later: because they failed, or because the server still makes them. */

interface Later {
  at: number;
  tries: number;
  /** The server makes it still, which is no failure. */
  waiting: boolean;
}

/** Milliseconds before the second try, doubled each time up to a limit. */
interface Times {
  first: number;
  most: number;
}

export const FAILED: Times = { first: 500, most: 30_000 };
export const WAITING: Times = { first: 150, most: 2_000 };

export function backoff({ first, most }: Times, tries: number): number {
  return Math.min(most, first * 2 ** (tries - 1));
}

export class Retries {
  private readonly later = new Map<number, Later>();

  postpone(key: number, waiting: boolean): void {
    const tries = (this.later.get(key)?.tries ?? 0) + 1;
    const at = Date.now() + backoff(waiting ? WAITING : FAILED, tries);
    this.later.set(key, { at, tries, waiting });
  }

  done(key: number): void {
    this.later.delete(key);
  }

  /** Only these are still wanted. */
  keep(keys: ReadonlySet<number>): void {
    for (const key of this.later.keys()) if (!keys.has(key)) this.later.delete(key);
  }

  due(key: number, now: number): boolean {
    return (this.later.get(key)?.at ?? 0) <= now;
  }

  /** Whether a brick has failed and waits for its next try. */
  hasFailed(key: number): boolean {
    return this.later.get(key)?.waiting === false;
  }

  get anyFailed(): boolean {
    return [...this.later.values()].some(({ waiting }) => !waiting);
  }

  /** When the next one is due, after now. */
  next(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.later.values()) if (at > now) next = Math.min(next, at);
    return next;
  }
}
