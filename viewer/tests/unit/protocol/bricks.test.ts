import { describe, expect, test } from "vitest";
import { BrickDecoder, decodePreview } from "../../../src/protocol/bricks";
import type { Brick } from "../../../src/protocol/document";

interface Record {
  status: number;
  kind: number;
  level?: number;
  at?: [number, number, number];
  range?: [number, number];
  payload?: Uint8Array;
}

/** A record as docs/viewer-protocol.md writes it. */
function record({
  status,
  kind,
  level = 0,
  at = [0, 0, 0],
  range = [0, 0],
  payload,
}: Record): Uint8Array {
  const bytes = new Uint8Array(32 + (payload?.length ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload?.length ?? 0, true);
  bytes[4] = status;
  bytes[5] = kind;
  view.setUint32(8, level, true);
  at.forEach((v, i) => {
    view.setInt32(12 + 4 * i, v, true);
  });
  range.forEach((v, i) => {
    view.setFloat32(24 + 4 * i, v, true);
  });
  bytes.set(payload ?? [], 32);
  return bytes;
}

function joined(records: Uint8Array[]): Uint8Array {
  return Uint8Array.from(records.flatMap((r) => [...r]));
}

const words = Uint32Array.from({ length: 27 }, (_, i) => 4_000_000_000 + i);
const shorts = Uint16Array.from({ length: 27 }, (_, i) => 256 * i + 7);
const STREAM = joined([
  record({
    status: 0,
    kind: 0,
    level: 3,
    at: [1, 2, 3],
    range: [4, 5],
    payload: Uint8Array.from({ length: 27 }, (_, i) => i),
  }),
  record({ status: 1, kind: 1, range: [513, 513] }),
  record({ status: 0, kind: 1, payload: new Uint8Array(shorts.buffer) }),
  record({ status: 2, kind: 0, at: [-1, 0, 9] }),
  record({ status: 3, kind: 0, payload: new TextEncoder().encode("Chunk 3 is damaged – sorry.") }),
  record({ status: 4, kind: 2 }),
  record({ status: 0, kind: 2, payload: new Uint8Array(words.buffer) }),
]);

function decode(pieces: Uint8Array[]): { bricks: Brick[]; complete: boolean } {
  const decoder = new BrickDecoder();
  const bricks = pieces.flatMap((piece) => decoder.push(piece));
  return { bricks, complete: decoder.complete };
}

function cut(size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < STREAM.length; i += size) pieces.push(STREAM.subarray(i, i + size));
  return pieces;
}

describe("brick records", () => {
  test("hold what the server wrote", () => {
    const { bricks, complete } = decode([STREAM]);
    expect(complete).toBe(true);
    expect(bricks.map((b) => b.status)).toEqual([
      "data",
      "constant",
      "data",
      "outside",
      "failed",
      "waiting",
      "data",
    ]);
    expect(bricks[0]).toMatchObject({ level: 3, position: [1, 2, 3], kind: "u8", min: 4, max: 5 });
    expect(bricks[0].data).toEqual(Uint8Array.from({ length: 27 }, (_, i) => i));
    expect(bricks[1]).toMatchObject({ min: 513, data: null, message: null });
    expect(bricks[2].data).toEqual(shorts);
    expect(bricks[3].position).toEqual([-1, 0, 9]);
    expect(bricks[4].message).toBe("Chunk 3 is damaged – sorry.");
    expect(bricks[6].data).toEqual(words);
  });

  test.each([1, 3, 7, 31, 32, 33, 64, 1000])("may come in pieces of %i bytes", (size) => {
    expect(decode(cut(size))).toEqual(decode([STREAM]));
  });

  test("that end too early are noticed", () => {
    const { bricks, complete } = decode([STREAM.subarray(0, STREAM.length - 1)]);
    expect(bricks.length).toBe(6);
    expect(complete).toBe(false);
  });

  test("of something else are refused", () => {
    const html = new TextEncoder().encode("<!doctype html><html><body>Proxy error</body></html>");
    expect(() => decode([html])).toThrow("does not hold bricks");
    expect(() => decode([record({ status: 9, kind: 0 })])).toThrow("reload the page");
  });
});

describe("preview", () => {
  const header = {
    seq: 17,
    stored: "u16",
    encoding: { scale: 1, offset: 0 },
    role: "image",
    approximate: true,
    roi_only: false,
    milliseconds: 12,
    planes: [
      { axis: "z", index: 4, start: [4, 0, 0], shape: [1, 2, 3], bytes: 12 },
      { axis: "x", index: 1, start: [0, 0, 1], shape: [2, 2, 1], bytes: 8 },
    ],
  };

  function message(text: string): Uint8Array {
    const json = new TextEncoder().encode(text);
    const planes = Uint16Array.from([1, 2, 3, 4, 5, 600, 7, 8, 9, 65535]);
    const bytes = new Uint8Array(4 + json.length + 20);
    new DataView(bytes.buffer).setUint32(0, json.length, true);
    bytes.set(json, 4);
    bytes.set(new Uint8Array(planes.buffer), 4 + json.length);
    return bytes;
  }

  test.each([JSON.stringify(header), `${JSON.stringify(header)} `])(
    "planes are words wherever they lie in the answer",
    (text) => {
      const preview = decodePreview(message(text));
      expect(preview).toMatchObject({ seq: 17, approximate: true });
      expect(preview.planes[0]).toEqual({
        axis: "z",
        index: 4,
        start: [4, 0, 0],
        shape: [1, 2, 3],
        data: Uint16Array.of(1, 2, 3, 4, 5, 600),
      });
      expect(preview.planes[1].data).toEqual(Uint16Array.of(7, 8, 9, 65535));
    },
  );

  test("a short answer is refused", () => {
    const whole = message(JSON.stringify(header));
    for (const length of [0, 3, 50, whole.length - 1])
      expect(() => decodePreview(whole.slice(0, length))).toThrow("not complete");
  });
});
