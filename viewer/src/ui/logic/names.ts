/** Names of outputs. */

import type { Step } from "../../protocol/document";

/** A name without separators, as the server takes it. */
export const isWord = (name: string): boolean => /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name);

/** A name that says what was done: `scan-median-otsu`. */
export function outputName(layer: string, steps: Step[]): string {
  const words = [layer, ...steps.map(({ filter }) => filter)].map((word) =>
    word
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, ""),
  );
  const name = words.filter(Boolean).join("-").slice(0, 60);
  return name || "result";
}
