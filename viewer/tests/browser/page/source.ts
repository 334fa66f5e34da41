/** A source of bricks in the page that can be slow, fail, or stop in the middle. */

import type { BrickSource } from "../../../src/engine/types";
import type { Brick, Triple } from "../../../src/protocol/document";
import { cut, type Phantom } from "./phantom";

export class FakeSource implements BrickSource {
  readonly phantoms = new Map<string, Phantom>();
  /** Milliseconds before each brick. */
  delay = 0;
  /** What the next requests do instead of answering. */
  failures: ("reject" | "truncate" | "hang" | "failed" | "waiting")[] = [];
  /** Bricks that can never be read. */
  broken: (layer: string, level: number, position: Triple) => boolean = () => false;
  readonly log: { layer: string; version: number; level: number; count: number }[] = [];
  /** How often each brick was served, by layer, level and place. */
  readonly times = new Map<string, number>();
  aborted = 0;
  served = 0;

  add(phantom: Phantom): this {
    this.phantoms.set(phantom.layer.id, phantom);
    return this;
  }

  async bricks(
    layer: string,
    version: number,
    level: number,
    positions: Triple[],
    signal: AbortSignal,
    onBrick: (brick: Brick) => void,
  ): Promise<void> {
    this.log.push({ layer, version, level, count: positions.length });
    const failure = this.failures.shift();
    if (failure === "reject") throw new Error("The server could not be reached");
    if (failure === "hang") await this.forever(signal);
    const part = failure === "truncate" ? positions.slice(0, positions.length >> 1) : positions;
    await this.pause(0);
    for (const position of part) {
      if (this.delay > 0) await this.pause(this.delay);
      if (signal.aborted) {
        this.aborted++;
        throw new DOMException("aborted", "AbortError");
      }
      this.served++;
      const name = `${layer}/${level}/${position}`;
      this.times.set(name, (this.times.get(name) ?? 0) + 1);
      onBrick(this.brick(layer, level, position, failure));
    }
  }

  private brick(
    layer: string,
    level: number,
    position: Triple,
    failure: string | undefined,
  ): Brick {
    const brick = cut(this.phantoms.get(layer) as Phantom, level, position);
    if (failure === "failed" || this.broken(layer, level, position))
      return { ...brick, status: "failed", data: null, message: "The file is damaged." };
    return failure === "waiting" ? { ...brick, status: "waiting", data: null } : brick;
  }

  private forever(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        this.aborted++;
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}
