/** Parameters that are lengths or volumes, in voxels and in units. */

import type { Frame, ParamValue } from "../../protocol/document";
import type { Param } from "../../protocol/filters";
import { bestUnit, figure, parseLength, parseSize, toText, type Unit, voxelMeters } from "./units";

/** What stands beside a length: the same in the other way of counting. */
export function otherWay(param: Param, value: ParamValue, frame: Frame | null): string | null {
  if (value === null) return null;
  const edges = voxelMeters(frame);
  if (!edges) return null;
  if (param.kind === "size") return otherSize(value, edges);
  const parts = Array.isArray(value) ? value : [value, value, value];
  const amounts = parts.map((part) => parseLength(String(part)));
  if (amounts.some((amount) => amount === null)) return null;
  const physical = amounts.some((amount) => amount?.unit);
  const meters = amounts.map((a, axis) => (a ? a.value * (a.unit?.meters ?? edges[axis]) : 0));
  if (!physical) return `= ${triple(meters, bestUnit(Math.max(...meters)))}`;
  const voxels = meters.map((length, axis) => length / edges[axis]);
  const whole = param.kind === "wholelength" ? voxels.map(Math.round) : voxels;
  const exact = whole.every((count, axis) => Math.abs(count - voxels[axis]) < 1e-9);
  return `${exact ? "=" : "≈"} ${once(whole.map((count) => figure(count)))} vox`;
}

function otherSize(value: ParamValue, edges: number[]): string | null {
  const amount = parseSize(toText(value));
  if (!amount) return null;
  const voxel = edges[0] * edges[1] * edges[2];
  if (amount.unit) return `≈ ${figure((amount.value * amount.unit.meters ** 3) / voxel)} vox`;
  const unit = bestUnit(Math.cbrt(amount.value * voxel));
  return `= ${figure((amount.value * voxel) / unit.meters ** 3)} ${unit.symbol}³`;
}

const once = (texts: string[]) =>
  texts.every((text) => text === texts[0]) ? texts[0] : texts.join(" × ");

const triple = (meters: number[], unit: Unit) =>
  `${once(meters.map((length) => figure(length / unit.meters)))} ${unit.symbol}`;

/** A length or size as a place on a slider that counts voxels; null when it is none. */
export function inVoxels(param: Param, value: ParamValue, frame: Frame | null): number | null {
  if (value === null) return null;
  const first = Array.isArray(value) ? value[2] : value;
  const amount = param.kind === "size" ? parseSize(String(first)) : parseLength(String(first));
  if (!amount) return null;
  if (!amount.unit) return amount.value;
  const edges = voxelMeters(frame);
  if (!edges) return null;
  if (param.kind === "size")
    return (amount.value * amount.unit.meters ** 3) / (edges[0] * edges[1] * edges[2]);
  return (amount.value * amount.unit.meters) / edges[2];
}

/** A place on the slider as a value in the way that the old one was counted. */
export function fromVoxels(param: Param, voxels: number, old: ParamValue, frame: Frame | null) {
  const edges = voxelMeters(frame);
  const first = Array.isArray(old) ? old[2] : old;
  const amount =
    param.kind === "size" ? parseSize(String(first ?? "")) : parseLength(String(first ?? ""));
  if (!amount?.unit || !edges) return voxels;
  const unit = amount.unit;
  if (param.kind === "size") {
    const voxel = edges[0] * edges[1] * edges[2];
    return `${figure((voxels * voxel) / unit.meters ** 3, 4)} ${unit.symbol}3`;
  }
  return `${figure((voxels * edges[2]) / unit.meters, 4)} ${unit.symbol}`;
}

/** The same length counted the other way: voxels become a length, a length becomes voxels. */
export function turned(param: Param, value: ParamValue, frame: Frame | null): ParamValue {
  const edges = voxelMeters(frame);
  const voxels = inVoxels(param, value, frame);
  if (!edges || voxels === null) return value;
  const text = toText(value);
  const amount = param.kind === "size" ? parseSize(text) : parseLength(text);
  if (amount?.unit || Array.isArray(value))
    return param.kind === "wholelength" ? Math.round(voxels) : Number(voxels.toPrecision(4));
  if (param.kind === "size") {
    const cube = voxels * edges[0] * edges[1] * edges[2];
    const unit = bestUnit(Math.cbrt(cube));
    return `${figure(cube / unit.meters ** 3, 4)} ${unit.symbol}3`;
  }
  const unit = bestUnit(voxels * edges[2]);
  return `${figure((voxels * edges[2]) / unit.meters, 4)} ${unit.symbol}`;
}
