/** The slots of an atlas: which brick lies where, and which one makes room for the next. */

/** How many bricks an atlas is to hold, and whether it may not be larger than that. */
export interface Room {
  bricks: number;
  strict: boolean;
}

/** Slots along z, y, x of an atlas: all bricks, or when strict as many as fit, with at most `most` per axis. */
export function atlasShape({ bricks, strict }: Room, most: number): [number, number, number] {
  const root = Math.cbrt(bricks) + 1e-9;
  const cube = Math.max(1, Math.min(most, strict ? Math.floor(root) : Math.ceil(root - 2e-9)));
  return [atlasDepth({ bricks, strict }, cube * cube, most), cube, cube];
}

/** Layers of slots, when one layer has `layer` slots. */
export function atlasDepth({ bricks, strict }: Room, layer: number, most: number): number {
  const depth = strict ? Math.floor(bricks / layer) : Math.ceil(bricks / layer);
  return Math.max(1, Math.min(most, depth));
}

/** What became of a wish for a slot. */
export interface Placed {
  slot: number;
  /** The brick that had to go. */
  evicted: number | null;
}

/** Least recently used goes first; protected bricks never do. Keys are numbers of bricks. */
export class Slots {
  private free: number[] = [];
  /** In the order of use, the oldest first. */
  private readonly used = new Map<number, number>();
  private kept: ReadonlySet<number> = new Set();

  private room: number;

  constructor(capacity: number) {
    this.room = capacity;
    for (let slot = capacity - 1; slot >= 0; slot--) this.free.push(slot);
  }

  get capacity(): number {
    return this.room;
  }

  /** More or fewer slots; gives back the bricks whose slots are gone. */
  resize(capacity: number): number[] {
    for (let slot = this.room; slot < capacity; slot++) this.free.push(slot);
    this.free = this.free.filter((slot) => slot < capacity);
    this.room = capacity;
    const gone = [...this.used].filter(([, slot]) => slot >= capacity).map(([key]) => key);
    for (const key of gone) this.used.delete(key);
    return gone;
  }

  get full(): boolean {
    return this.free.length === 0;
  }

  get size(): number {
    return this.used.size;
  }

  slot(key: number): number | undefined {
    return this.used.get(key);
  }

  /** Marks a brick as just used. */
  touch(key: number): void {
    const slot = this.used.get(key);
    if (slot === undefined) return;
    this.used.delete(key);
    this.used.set(key, slot);
  }

  /** From now on these are not given away, and count as used. */
  protect(keys: ReadonlySet<number>): void {
    this.kept = keys;
    for (const key of keys) this.touch(key);
  }

  /** A slot for a brick, or null when all hold protected ones. */
  acquire(key: number): Placed | null {
    const known = this.used.get(key);
    if (known !== undefined) {
      this.touch(key);
      return { slot: known, evicted: null };
    }
    const empty = this.free.pop();
    if (empty !== undefined) return this.place(key, empty, null);
    for (const [old, slot] of this.used) {
      if (this.kept.has(old)) continue;
      this.used.delete(old);
      return this.place(key, slot, old);
    }
    return null;
  }

  /** The same slot under another key. */
  rename(key: number, to: number): void {
    const slot = this.used.get(key);
    if (slot === undefined) return;
    this.used.delete(key);
    this.used.set(to, slot);
  }

  release(key: number): void {
    const slot = this.used.get(key);
    if (slot === undefined) return;
    this.used.delete(key);
    this.free.push(slot);
  }

  private place(key: number, slot: number, evicted: number | null): Placed {
    this.used.set(key, slot);
    return { slot, evicted };
  }
}
