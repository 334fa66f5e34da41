/** Lengths, sizes and other figures as people read and write them. */

import type { Frame, ParamValue, Triple } from "../../protocol/document";

interface Unit {
  name: string;
  symbol: string;
  meters: number;
  words: string[];
}

const UNITS: Unit[] = [
  { name: "angstrom", symbol: "Å", meters: 1e-10, words: ["angstrom", "å", "a"] },
  { name: "nanometer", symbol: "nm", meters: 1e-9, words: ["nanometer", "nanometre", "nm"] },
  {
    name: "micrometer",
    symbol: "µm",
    meters: 1e-6,
    words: ["micrometer", "micrometre", "um", "µm", "μm", "micron", "microns"],
  },
  { name: "millimeter", symbol: "mm", meters: 1e-3, words: ["millimeter", "millimetre", "mm"] },
  { name: "centimeter", symbol: "cm", meters: 1e-2, words: ["centimeter", "centimetre", "cm"] },
  { name: "meter", symbol: "m", meters: 1, words: ["meter", "metre", "m"] },
  { name: "inch", symbol: "in", meters: 0.0254, words: ["inch", "in"] },
];

/** The unit that a name or an abbreviation means. */
export function unitOf(word: string | null): Unit | null {
  const lower = word?.toLowerCase();
  return UNITS.find(({ words }) => lower !== undefined && words.includes(lower)) ?? null;
}

/** An amount, with the unit of its edge, or null when it counts voxels. */
export interface Amount {
  value: number;
  unit: Unit | null;
}

const AMOUNT = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(\p{L}*)\s*$/u;

/** Reads `12`, `12um`, `0.1 mm`; null when it is neither a number nor a length. */
export function parseLength(text: string): Amount | null {
  const match = AMOUNT.exec(text.replace(",", "."));
  if (!match) return null;
  const unit = match[2] ? unitOf(match[2]) : null;
  if (match[2] && !unit) return null;
  return { value: Number(match[1]), unit };
}

/** Reads `500`, `0.5 mm3`, `40 um^3`. */
export function parseSize(text: string): Amount | null {
  const match = /^(.*?\p{L})\s*(?:\^?3|³)\s*$/u.exec(text);
  if (match) return parseLength(match[1]);
  const plain = parseLength(text);
  return plain && !plain.unit ? plain : null;
}

/** The value of a parameter as it is typed: one amount, or one for each axis. */
export function toText(value: ParamValue | undefined): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** What was typed as the value of a parameter: numbers as numbers, lists as lists, the rest as text. */
export function fromText(text: string): ParamValue {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length === 3) return parts.map(single);
  return text.trim() === "" ? null : single(text.trim());
}

function single(text: string): number | string {
  const number = Number(text);
  return text !== "" && Number.isFinite(number) ? number : text;
}

/** Length of one voxel along each axis in metres; null when the volume does not say. */
export function voxelMeters(frame: Frame | null): Triple | null {
  const unit = unitOf(frame?.unit ?? null);
  if (!frame?.spacing || !unit) return null;
  return frame.spacing.map((edge) => edge * unit.meters) as Triple;
}

/** The unit in which a length in metres reads best. */
export function bestUnit(meters: number): Unit {
  const size = Math.abs(meters);
  const name = size < 1e-6 ? "nm" : size < 1e-3 ? "um" : size < 0.1 ? "mm" : "cm";
  return unitOf(name) as Unit;
}

/** Three figures that matter: 0.0123, 12.5, 1250. */
export function figure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2).replace("e+", "e");
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return String(Number(value.toFixed(Math.min(places, 12))));
}

/** A length in metres in the unit that suits it. */
export function lengthText(meters: number): string {
  const unit = bestUnit(meters);
  return `${figure(meters / unit.meters)} ${unit.symbol}`;
}

/** Bytes as people say them. */
export function bytesText(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)));
  const value = bytes / 1024 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : figure(value, 3)} ${names[power]}`;
}

/** A time to go: 0:42, 3:10, 1:02:03. */
export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Voxels a second: 210 M, 1.2 G. */
export function rateText(perSecond: number): string {
  const [value, name] =
    perSecond >= 1e9
      ? [perSecond / 1e9, "G"]
      : perSecond >= 1e6
        ? [perSecond / 1e6, "M"]
        : [perSecond / 1e3, "k"];
  return `${figure(value)} ${name}voxel/s`;
}

export type { Unit };
