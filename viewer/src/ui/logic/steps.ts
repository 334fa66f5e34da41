/** Changes of a filter chain; each gives a new list. */

import type { ParamValue, Step } from "../../protocol/document";
import type { Descriptor, Param } from "../../protocol/filters";

export const addStep = (steps: Step[], step: Step): Step[] => [...steps, step];

export const removeStep = (steps: Step[], index: number): Step[] =>
  steps.filter((_, at) => at !== index);

/** The step `from` at place `to`, the others in their order. */
export function moveStep(steps: Step[], from: number, to: number): Step[] {
  const place = Math.max(0, Math.min(steps.length - 1, to));
  const result = [...steps];
  const [step] = result.splice(from, 1);
  if (step) result.splice(place, 0, step);
  return result;
}

export const switchStep = (steps: Step[], index: number): Step[] =>
  steps.map((step, at) => (at === index ? { ...step, enabled: !step.enabled } : step));

/** Sets a parameter; null leaves it out, so that the filter's own default counts. */
export function setParam(steps: Step[], index: number, name: string, value: ParamValue): Step[] {
  return steps.map((step, at) => {
    if (at !== index) return step;
    const { [name]: _, ...others } = step.params;
    return { ...step, params: value === null ? others : { ...others, [name]: value } };
  });
}

/** Grey values that a filter's first parameters may be taken from. */
export interface Greys {
  range: [number, number];
  threshold: [number, number | null] | null;
  window: [number, number];
}

const isGrey = ({ kind, slider }: Param) =>
  kind === "number" && slider?.[0] === 0 && slider[1] === 255;

/** The ends of a slider: grey values follow the layer, all others are as the descriptor says. */
export function sliderSpan(param: Param, greys: Greys | null): [number, number] | null {
  if (!param.slider || !greys || !isGrey(param)) return param.slider;
  const [low, high] = greys.range;
  return param.name === "difference" ? [0, high - low] : [low, high];
}

/** Distance of two places of a slider. */
export function sliderStep(param: Param, span: [number, number]): number {
  if (param.kind === "wholelength" || param.kind === "size") return 1;
  if (param.kind === "length") return 0.1;
  const width = span[1] - span[0];
  if (isGrey(param)) return width > 20 ? 1 : width / 256;
  const whole = [...span, param.default ?? 0].every(Number.isInteger);
  return whole && width <= 5 ? 1 : 10 ** Math.floor(Math.log10(width / 100));
}

/** A new step: what must be given gets a value that shows something. */
export function newStep(descriptor: Descriptor, greys: Greys | null, volumes: string[]): Step {
  const params: Record<string, ParamValue> = {};
  for (const param of descriptor.params) {
    const value = firstValue(descriptor, param, greys, volumes);
    if (value !== null) params[param.name] = value;
  }
  return { filter: descriptor.name, params, enabled: true };
}

/** Choices that their filter cannot do without. */
const NEEDED = ["cast"];

function firstValue(
  { name, category }: Descriptor,
  param: Param,
  greys: Greys | null,
  volumes: string[],
): ParamValue {
  if (param.kind === "volume") return volumes[0] ?? null;
  if (typeof param.kind === "object") return NEEDED.includes(name) ? param.kind.choice[0] : null;
  if (param.default !== null || !greys || !isGrey(param)) return null;
  const [low, high] = greys.threshold ?? [(greys.window[0] + greys.window[1]) / 2, null];
  const chosen = { lower: low, upper: high }[param.name] ?? null;
  if (category === "values") return roundLike(greys, greys.window[param.name === "upper" ? 1 : 0]);
  if (param.name === "upper" && name === "hysteresis-threshold")
    return roundLike(greys, high ?? greys.window[1]);
  return chosen === null ? null : roundLike(greys, chosen);
}

function roundLike({ range }: Greys, value: number): number {
  return range[1] - range[0] > 20 ? Math.round(value) : Number(value.toPrecision(4));
}

/** Parameters that most people leave alone: they are shown when asked for. */
export function isDetail(param: Param): boolean {
  return ["boundary", "boundary-value", "outside", "connectivity"].includes(param.name);
}
