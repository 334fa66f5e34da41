/** Atlases: one per stored kind and edge of bricks, shared by the layers that have them, within one budget. */

import { Box3, type Data3DTexture, Vector3 } from "three";
import type { Triple } from "../protocol/document";
import { atlasDepth, atlasShape, type Placed, type Room, Slots } from "./atlas";
import type { Gpu } from "./gpu";
import { slotWord } from "./pages";
import { type Elements, elements, type Texel, texelBytes, volumeTexture } from "./textures";

/** How much of a budget each gets that needs so much: equal parts, and what one does not need goes to the others. */
export function shares(needs: number[], budget: number): number[] {
  const given = needs.map(() => 0);
  let open = needs.map((_, i) => i);
  let left = budget;
  while (open.length > 0) {
    const part = left / open.length;
    const small = open.filter((i) => needs[i] <= part);
    for (const i of small.length > 0 ? small : open) {
      given[i] = small.length > 0 ? needs[i] : part;
      left -= given[i];
    }
    open = small.length > 0 ? open.filter((i) => !small.includes(i)) : [];
  }
  return given;
}

export class Pool {
  readonly slots = new Slots(0);
  /** Slots along z, y, x; at first there are fewer layers than the atlas will have. */
  private shape: Triple = [0, 0, 0];
  private depth = 0;
  /** Why it has not as many as it should: for people. */
  private refused: string | null = null;
  private atlas: Data3DTexture | null = null;
  private readonly staging: Data3DTexture;
  private readonly brick: Box3;

  constructor(
    private readonly gpu: Gpu,
    readonly texel: Texel,
    readonly edge: number,
  ) {
    const side = edge + 2;
    this.staging = volumeTexture(texel, [side, side, side], null);
    this.brick = new Box3(new Vector3(0, 0, 0), new Vector3(side, side, side));
  }

  get trouble(): string | null {
    return this.refused;
  }

  get brickBytes(): number {
    return texelBytes(this.texel) * (this.edge + 2) ** 3;
  }

  get texture(): Data3DTexture {
    if (this.atlas === null) throw new Error("An atlas was read before it had a size.");
    return this.atlas;
  }

  /** Texels along x, y, z. */
  get texels(): [number, number, number] {
    const [z, y, x] = this.shape;
    return [x * (this.edge + 2), y * (this.edge + 2), z * (this.edge + 2)];
  }

  /** Bricks that there is room for, now or when the atlas has grown. */
  get capacity(): number {
    const [, y, x] = this.shape;
    return this.depth * y * x;
  }

  /**
   * Plans room, as much as one texture can hold; gives back the bricks that are gone. A new atlas begins with about so
   * many bytes and grows once, when they are full.
   */
  reserve(room: Room, begin: number): number[] {
    const most = Math.floor(this.gpu.maxTexture3D / (this.edge + 2));
    const [now, y, x] = this.shape;
    const layer = x * y;
    if (this.atlas !== null && layer * most >= room.bricks && layer <= room.bricks) {
      const grown = now === this.depth;
      const wish = atlasDepth(room, layer, most);
      this.depth = this.refused === null ? wish : Math.min(wish, now);
      if (this.depth < now) return this.change([this.depth, y, x]);
      if (grown) this.grow();
      return [];
    }
    const gone = this.slots.resize(0);
    this.free();
    const [depth, rows, columns] = atlasShape(room, most);
    const first = Math.max(1, Math.floor(begin / (rows * columns * this.brickBytes)));
    this.allocate([Math.min(first, depth), rows, columns]);
    this.depth = depth;
    return gone;
  }

  /** A slot for a brick, or null when all hold protected ones. */
  acquire(key: number): Placed | null {
    if (this.slots.full) this.grow();
    return this.slots.acquire(key);
  }

  /** Puts a brick into its slot; the word is for the page table. */
  upload(slot: number, data: Elements): number {
    const [, rows, columns] = this.shape;
    const x = slot % columns;
    const y = Math.floor(slot / columns) % rows;
    const z = Math.floor(slot / (columns * rows));
    const side = this.edge + 2;
    (this.staging.image as { data: Elements }).data = elements(this.texel, data);
    this.gpu.write(this.texture, this.staging, this.brick, [z * side, y * side, x * side]);
    return slotWord(x, y, z);
  }

  free(): void {
    if (this.atlas !== null) this.gpu.release(this.atlas);
    this.atlas = null;
    this.shape = [0, 0, 0];
    this.depth = 0;
    this.refused = null;
  }

  /** Takes all the room that was planned; when the graphics card has none, it stays as it is. */
  private grow(): void {
    const [now, y, x] = this.shape;
    if (now === this.depth) return;
    try {
      this.change([this.depth, y, x]);
    } catch (error) {
      this.depth = now;
      this.refused = error instanceof Error ? error.message : String(error);
    }
  }

  /** Another depth with the same slots below it: what is there is copied on the graphics card. */
  private change(shape: Triple): number[] {
    const old = this.texture;
    const [x, y] = this.texels;
    const side = this.edge + 2;
    const common = Math.min(shape[0], this.shape[0]) * side;
    const gone = this.allocate(shape);
    if (!this.gpu.lost) {
      const region = new Box3(new Vector3(0, 0, 0), new Vector3(x, y, common));
      this.gpu.write(this.texture, old, region, [0, 0, 0]);
    }
    this.gpu.release(old);
    return gone;
  }

  /** A texture of so many slots; gives back the bricks that have none in it. Nothing has changed when it fails. */
  private allocate(shape: Triple): number[] {
    const side = this.edge + 2;
    this.atlas = this.gpu.createAtlas(this.texel, [
      shape[0] * side,
      shape[1] * side,
      shape[2] * side,
    ]);
    this.shape = shape;
    return this.slots.resize(shape[0] * shape[1] * shape[2]);
  }
}
