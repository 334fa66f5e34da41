import { describe, expect, test } from "vitest";
import type { Frame } from "../../../src/protocol/document";
import type { Param } from "../../../src/protocol/filters";
import { fromVoxels, inVoxels, otherWay, turned } from "../../../src/ui/logic/lengths";
import { niceBelow, scaleBar } from "../../../src/ui/logic/scalebar";
import {
  bytesText,
  figure,
  fromText,
  lengthText,
  parseLength,
  parseSize,
  timeText,
  toText,
} from "../../../src/ui/logic/units";

const frame: Frame = {
  shape: [9, 9, 9],
  spacing: [5, 2.5, 2.5],
  origin: [0, 0, 0],
  unit: "micrometer",
};
const unknown: Frame = { ...frame, spacing: null, unit: null };
const param = (kind: Param["kind"]): Param => ({
  name: "radius",
  doc: "",
  kind,
  default: 1,
  limits: [0, 50],
  slider: [0, 5],
});

describe("lengths as they are typed", () => {
  test.each([
    ["12", 12, null],
    ["12um", 12, "µm"],
    [" 0.1 mm ", 0.1, "mm"],
    ["0,1 mm", 0.1, "mm"],
    ["2 microns", 2, "µm"],
    ["7 μm", 7, "µm"],
    ["1e-2 cm", 0.01, "cm"],
    ["-3", -3, null],
    [".5", 0.5, null],
  ])("%s", (text, value, symbol) => {
    const amount = parseLength(text);
    expect(amount?.value).toBe(value);
    expect(amount?.unit?.symbol ?? null).toBe(symbol);
  });

  test.each(["", "um", "12 parsec", "1 2", "1,2,3", "12 um3", "x"])("not %j", (text) => {
    expect(parseLength(text)).toBeNull();
  });

  test("volumes have a cube of a unit", () => {
    expect(parseSize("0.5 mm3")).toMatchObject({ value: 0.5, unit: { symbol: "mm" } });
    expect(parseSize("40um^3")).toMatchObject({ value: 40, unit: { symbol: "µm" } });
    expect(parseSize("40 µm³")).toMatchObject({ value: 40 });
    expect(parseSize("500")).toMatchObject({ value: 500, unit: null });
    expect(parseSize("40um")).toBeNull();
  });

  test("values of parameters go there and back", () => {
    for (const value of [2, 1.5, "12um", [1, 2, 2], ["1um", 2, 3]])
      expect(fromText(toText(value))).toEqual(value);
    expect(fromText(" ")).toBeNull();
  });
});

describe("the other way of counting", () => {
  test.each([
    ["length", 2, frame, "= 10 × 5 × 5 µm"],
    ["length", "5 um", frame, "= 1 × 2 × 2 vox"],
    ["wholelength", "6 um", frame, "≈ 1 × 2 × 2 vox"],
    ["wholelength", [1, 2, 2], frame, "= 5 µm"],
    ["size", 64, frame, "= 2000 µm³"],
    ["size", "2000 um3", frame, "≈ 64 vox"],
    ["length", 2, unknown, null],
    ["length", "nonsense", frame, null],
  ] as const)("%s %s", (kind, value, of, text) => {
    expect(otherWay(param(kind), value as never, of)).toBe(text);
  });

  test("a slider moves a length in the unit that it was given in", () => {
    expect(inVoxels(param("length"), "5 um", frame)).toBe(2);
    expect(fromVoxels(param("length"), 4, "5 um", frame)).toBe("10 µm");
    expect(fromVoxels(param("length"), 4, 2, frame)).toBe(4);
  });

  test("changing over keeps the length", () => {
    const physical = turned(param("length"), 4, frame);
    expect(physical).toBe("10 µm");
    expect(turned(param("length"), physical, frame)).toBe(4);
    expect(turned(param("size"), 64, frame)).toBe("2000 µm3");
    expect(turned(param("length"), 4, unknown)).toBe(4);
  });
});

describe("figures", () => {
  test.each([
    [0, "0"],
    [1234, "1234"],
    [12.345, "12.3"],
    [0.0123456, "0.0123"],
    [-0.5, "-0.5"],
    [1.5e9, "1.50e9"],
    [0.00001, "1.00e-5"],
  ])("%s", (value, text) => expect(figure(value)).toBe(text));

  test("lengths, bytes and times have the unit that suits them", () => {
    expect(["2.5e-6", "0.0012", "0.25"].map(Number).map(lengthText)).toEqual([
      "2.5 µm",
      "1.2 mm",
      "25 cm",
    ]);
    expect([0, 512, 1536, 300 * 2 ** 20, 3 * 2 ** 40].map(bytesText)).toEqual([
      "0 B",
      "512 B",
      "1.5 KiB",
      "300 MiB",
      "3 TiB",
    ]);
    expect([0, 42.4, 190, 3723].map(timeText)).toEqual(["0:00", "0:42", "3:10", "1:02:03"]);
  });
});

describe("scale bars", () => {
  test("are 1, 2 or 5 of a power of ten", () => {
    expect([1, 1.9, 2, 4.9, 5, 99, 0.03].map(niceBelow)).toEqual([1, 1, 2, 2, 5, 50, 0.02]);
  });

  test("fit the room and are as long as they say, in µm or mm by their size", () => {
    // 2.5 µm at 2 pixels a voxel.
    const perMeter = 2 / 2.5e-6;
    const short = scaleBar(140, 2, perMeter);
    expect(short).toEqual({ label: "100 µm", pixels: expect.closeTo(80, 6) });
    const far = scaleBar(140, 0.05, 0.05 / 2.5e-6);
    expect(far).toEqual({ label: "5 mm", pixels: expect.closeTo(100, 6) });
  });

  test("count voxels where the voxel size is unknown, and never parts of one", () => {
    expect(scaleBar(140, 2, null)).toEqual({ label: "50 voxels", pixels: 100 });
    expect(scaleBar(140, 200, null)).toBeNull();
    expect(scaleBar(0, 2, null)).toBeNull();
  });
});
