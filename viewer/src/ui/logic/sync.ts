/**
 * The document as the user sees it: what the server said last, with the user's own changes over it until the server
 * has them. Changes are sent one request at a time; those made meanwhile become one patch.
 */

import type { Document, Patch } from "../../protocol/document";
import { applyPatch, joinPatches, partOf, share } from "./merge";

/** What the server answers to a patch: the revision, and the keys that it decided otherwise. */
export type Accepted = { revision: number } & Partial<Document>;

export interface SyncPorts {
  send(patch: Patch): Promise<Accepted>;
  /** Runs the function a little later, once a frame. */
  schedule(run: () => void): void;
  publish(document: Document): void;
  /** A patch was refused; it is not shown any longer. */
  refused(error: unknown): void;
  /** True when the server could not be asked at all, so that the patch is kept. */
  isUnreachable(error: unknown): boolean;
}

export class Sync {
  private base: Document | null = null;
  private shown: Document | null = null;
  private draft: Patch | null = null;
  private queued: Patch | null = null;
  private flying: Patch | null = null;
  private landed: { patch: Patch; revision: number }[] = [];
  private readonly held = new Map<string, Patch | null>();
  private due = false;

  constructor(private readonly ports: SyncPorts) {}

  /** A document of the server; an older one than the last is dropped. */
  receive(document: Document): void {
    const older = this.base && document.revision < this.base.revision;
    if (older && this.base?.session === document.session) return;
    this.base = document;
    this.landed = this.landed.filter(({ revision }) => revision > document.revision);
    this.publish();
    if (this.queued) this.arrange();
  }

  /** Shows a change at once and sends it with the next frame. */
  change(patch: Patch): void {
    this.queued = joinPatches(this.queued, patch);
    this.remember(patch);
    this.publish();
    this.arrange();
  }

  /** Shows a change without sending it until `commit`. */
  propose(patch: Patch): void {
    this.draft = joinPatches(this.draft, patch);
    this.publish();
  }

  /** Sends what was proposed. */
  commit(): void {
    if (!this.draft) return;
    const patch = this.draft;
    this.draft = null;
    this.change(patch);
  }

  /** From now on what comes from the server does not change this part: the user holds it. */
  hold(path: string): void {
    if (!this.held.has(path)) this.held.set(path, null);
  }

  /** The user let go: the server's word counts again. */
  release(path: string): void {
    if (!this.held.delete(path)) return;
    this.publish();
  }

  private remember(patch: Patch): void {
    for (const [path, mine] of this.held) {
      const part = partOf(patch, path);
      if (part) this.held.set(path, joinPatches(mine, part));
    }
  }

  private publish(): void {
    if (!this.base) return;
    let document = this.base;
    const kept = [...this.held.values()];
    const over = [...this.landed.map(({ patch }) => patch), this.flying, this.queued, this.draft];
    for (const patch of [...over, ...kept]) if (patch) document = applyPatch(document, patch);
    this.shown = share(this.shown, document);
    this.ports.publish(this.shown);
  }

  private arrange(): void {
    if (this.due || this.flying) return;
    this.due = true;
    this.ports.schedule(() => {
      this.due = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const patch = this.queued;
    if (!patch || this.flying) return;
    this.queued = null;
    this.flying = patch;
    try {
      this.land(patch, await this.ports.send(patch));
    } catch (error) {
      this.fail(patch, error);
      return;
    }
    if (this.queued) this.arrange();
  }

  private land(patch: Patch, { revision, ...decided }: Accepted): void {
    this.flying = null;
    if (this.base && revision > this.base.revision)
      this.landed.push({ patch: joinPatches(patch, decided as Patch), revision });
    this.publish();
  }

  private fail(patch: Patch, error: unknown): void {
    this.flying = null;
    if (this.ports.isUnreachable(error)) {
      // It goes out with the next document that comes, which is the sign that the server is back.
      this.queued = this.queued ? joinPatches(patch, this.queued) : patch;
      return;
    }
    this.publish();
    this.ports.refused(error);
    if (this.queued) this.arrange();
  }
}
