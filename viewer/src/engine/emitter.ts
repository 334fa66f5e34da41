/** Who listens to the engine, and the one sentence that says what is wrong. */

import type { EngineEvents } from "./types";

type Listeners = { [K in keyof EngineEvents]?: Set<EngineEvents[K]> };

export class Emitter {
  private readonly listeners: Listeners = {};
  private readonly troubles = new Map<string, string>();
  private said: string | null = null;

  on<K extends keyof EngineEvents>(event: K, listener: EngineEvents[K]): () => void {
    const all = (this.listeners[event] ?? new Set()) as Set<EngineEvents[K]>;
    (this.listeners as Record<K, Set<EngineEvents[K]>>)[event] = all;
    all.add(listener);
    return () => all.delete(listener);
  }

  emit<K extends keyof EngineEvents>(event: K, ...args: Parameters<EngineEvents[K]>): void {
    for (const listener of this.listeners[event] ?? [])
      (listener as (...args: Parameters<EngineEvents[K]>) => void)(...args);
  }

  /** Says what is wrong with a part of the engine, or that it is well; listeners hear the oldest trouble. */
  trouble(part: string, sentence: string | null): void {
    if (sentence === null) this.troubles.delete(part);
    else this.troubles.set(part, sentence);
    const now = [...this.troubles.values()][0] ?? null;
    if (now !== this.said) this.emit("trouble", now);
    this.said = now;
  }

  clear(): void {
    for (const all of Object.values(this.listeners)) all.clear();
  }
}
