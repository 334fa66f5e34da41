/** Brick records as they come, in pieces of any length, and the planes of a preview. Everything is little endian. */

import type { Brick, Encoding, Plane, Preview, Role, Stored, Triple } from "./document";

const HEADER = 32;
const STATUSES = ["data", "constant", "outside", "failed", "waiting"] as const;
const KINDS = ["u8", "u16", "u32"] as const;

/** More than any record has: (64 + 2)^3 words. A longer one means that the answer is not what it should be. */
const MOST = 66 ** 3 * 4;

/** Takes pieces of an answer and gives the bricks that are complete. */
export class BrickDecoder {
  private rest = new Uint8Array(0);

  push(piece: Uint8Array): Brick[] {
    const all = join(this.rest, piece);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const bricks: Brick[] = [];
    let at = 0;
    while (all.length - at >= HEADER) {
      const bytes = view.getUint32(at, true);
      if (bytes > MOST) throw new Error("The server's answer does not hold bricks.");
      if (all.length - at < HEADER + bytes) break;
      bricks.push(record(view, at, bytes));
      at += HEADER + bytes;
    }
    this.rest = all.slice(at);
    return bricks;
  }

  /** Whether the answer ended with a record. */
  get complete(): boolean {
    return this.rest.length === 0;
  }
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other;
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

function record(view: DataView, at: number, bytes: number): Brick {
  const status = STATUSES[view.getUint8(at + 4)];
  const kind = KINDS[view.getUint8(at + 5)];
  if (status === undefined || kind === undefined)
    throw new Error("The server sent a brick that this viewer does not know; reload the page.");
  const position: Triple = [12, 16, 20].map((o) => view.getInt32(at + o, true)) as Triple;
  const payload = new Uint8Array(view.buffer, view.byteOffset + at + HEADER, bytes);
  return {
    level: view.getUint32(at + 8, true),
    position,
    status,
    kind,
    min: view.getFloat32(at + 24, true),
    max: view.getFloat32(at + 28, true),
    data: status === "data" ? voxels(payload, kind) : null,
    message: status === "failed" ? new TextDecoder().decode(payload) : null,
  };
}

/** A copy of its own, so that words are aligned and the answer's memory can go. */
function voxels(payload: Uint8Array, kind: Stored): Uint8Array | Uint16Array | Uint32Array {
  const { buffer } = payload.slice();
  if (kind === "u8") return new Uint8Array(buffer);
  return kind === "u16" ? new Uint16Array(buffer) : new Uint32Array(buffer);
}

interface PreviewHeader {
  seq: number;
  stored: Stored;
  encoding: Encoding;
  role: Role;
  approximate: boolean;
  roi_only: boolean;
  milliseconds: number;
  planes: (Omit<Plane, "data"> & { bytes: number })[];
}

/** The answer to a preview. */
export function decodePreview(bytes: Uint8Array): Preview {
  const short = () => new Error("The server's answer to the preview is not complete.");
  if (bytes.length < 4) throw short();
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (bytes.length < 4 + length) throw short();
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  const header = JSON.parse(text) as PreviewHeader;
  let at = 4 + length;
  const planes = header.planes.map(({ bytes: size, ...plane }) => {
    if (bytes.length < at + size) throw short();
    at += size;
    return { ...plane, data: voxels(bytes.subarray(at - size, at), header.stored) };
  });
  return { ...header, planes };
}
