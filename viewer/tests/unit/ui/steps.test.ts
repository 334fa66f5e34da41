import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Descriptor } from "../../../src/protocol/filters";
import { isWord, outputName } from "../../../src/ui/logic/names";
import { search } from "../../../src/ui/logic/search";
import {
  moveStep,
  newStep,
  removeStep,
  setParam,
  sliderSpan,
  sliderStep,
  switchStep,
} from "../../../src/ui/logic/steps";

const schema = new URL("../../../../schema/filters.json", import.meta.url);
const filters: Descriptor[] = JSON.parse(readFileSync(schema, "utf8"));
const named = (name: string) => filters.find((filter) => filter.name === name) as Descriptor;
const greys = {
  range: [0, 60000] as [number, number],
  window: [1000, 21000] as [number, number],
  threshold: null,
};
const steps = ["a", "b", "c"].map((filter) => ({ filter, params: {}, enabled: true }));
const order = (list: { filter: string }[]) => list.map(({ filter }) => filter).join("");

describe("a chain", () => {
  test("is put in order, and never loses a step", () => {
    expect(order(moveStep(steps, 0, 2))).toBe("bca");
    expect(order(moveStep(steps, 2, 0))).toBe("cab");
    expect(order(moveStep(steps, 1, -4))).toBe("bac");
    expect(order(moveStep(steps, 1, 9))).toBe("acb");
    expect(order(moveStep(steps, 7, 0))).toBe("abc");
    expect(order(removeStep(steps, 1))).toBe("ac");
    expect(order(steps)).toBe("abc");
  });

  test("is switched and set in one step only", () => {
    expect(switchStep(steps, 1).map(({ enabled }) => enabled)).toEqual([true, false, true]);
    const set = setParam(steps, 1, "radius", 3);
    expect(set.map(({ params }) => params)).toEqual([{}, { radius: 3 }, {}]);
    expect(setParam(set, 1, "radius", null)).toEqual(steps);
  });
});

describe("a new step of the real list", () => {
  test("of every filter is made, and every slider has an order", () => {
    expect(filters.length).toBeGreaterThan(40);
    for (const filter of filters) {
      expect(newStep(filter, greys, ["layer:other"]).filter).toBe(filter.name);
      for (const param of filter.params) {
        const span = sliderSpan(param, greys);
        if (!span) continue;
        expect(span[0]).toBeLessThan(span[1]);
        expect(sliderStep(param, span)).toBeGreaterThan(0);
      }
    }
  });

  test("takes its grey values from the picture", () => {
    expect(newStep(named("binary-threshold"), greys, []).params).toEqual({ lower: 11000 });
    const marked = { ...greys, threshold: [9000, 30000] as [number, number] };
    expect(newStep(named("binary-threshold"), marked, []).params).toEqual({
      lower: 9000,
      upper: 30000,
    });
    expect(newStep(named("clamp"), greys, []).params).toEqual({ lower: 1000, upper: 21000 });
    expect(newStep(named("median"), greys, []).params).toEqual({});
    expect(newStep(named("cast"), greys, []).params).toEqual({ dtype: "u8" });
    expect(newStep(named("mask"), greys, ["layer:bone"]).params).toEqual({ with: "layer:bone" });
  });

  test("has sliders over the layer's grey values, and over what the filter says otherwise", () => {
    const param = (filter: string, name: string) =>
      named(filter).params.find((p) => p.name === name) ?? named(filter).params[0];
    expect(sliderSpan(param("threshold", "lower"), greys)).toEqual([0, 60000]);
    expect(sliderSpan(param("remove-outliers", "difference"), greys)).toEqual([0, 60000]);
    expect(sliderSpan(param("median", "radius"), greys)).toEqual([0, 5]);
    expect(sliderStep(param("median", "radius"), [0, 5])).toBe(1);
  });
});

describe("search", () => {
  test("finds by name first, then by text, in groups", () => {
    const groups = search(filters, "median");
    expect(groups[0].filters[0].name).toBe("median");
    expect(search(filters, "noise edges").length).toBeGreaterThan(0);
    expect(search(filters, "xyzzy")).toEqual([]);
    const all = search(filters, "");
    expect(all.flatMap((group) => group.filters)).toHaveLength(filters.length);
    for (const { category, filters: some } of all)
      for (const filter of some) expect(filter.category).toBe(category);
  });
});

describe("names of outputs", () => {
  test("say what was done and are one word", () => {
    const chain = ["median", "otsu"].map((filter) => ({ filter, params: {}, enabled: true }));
    expect(outputName("Tibia 7, left", chain)).toBe("tibia-7-left-median-otsu");
    expect(outputName("", [])).toBe("result");
    for (const name of ["a/b", "..", ".x", "a b", "", "-a"]) expect(isWord(name)).toBe(false);
    for (const name of ["a", "a.b-c_d", "Probe7", "knochen-größe"]) expect(isWord(name)).toBe(true);
  });
});
