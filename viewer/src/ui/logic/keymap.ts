/** Which key does what, and the words of the help. */

import type { Axis } from "../../engine/types";
import type { Layout } from "../../protocol/document";

export type Command =
  | { do: "layout"; layout: Layout }
  | { do: "move"; right: number; down: number }
  | { do: "pan"; right: number; down: number }
  | { do: "slice"; by: number }
  | { do: "zoom"; by: number }
  | { do: "look"; axis: Axis }
  | { do: "window"; wider: number; higher: number }
  | { do: "crop" | "reset" | "labels" | "mode" | "ruler" | "screenshot" | "fullscreen" }
  | { do: "help" | "leave" }
  | { do: "hold" };

export interface Press {
  key: string;
  shift: boolean;
  alt: boolean;
  ctrl: boolean;
  meta: boolean;
}

const LAYOUTS: Layout[] = ["quad", "xy", "xz", "yz", "volume"];
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const PLAIN: Record<string, Command> = {
  x: { do: "look", axis: "x" },
  y: { do: "look", axis: "y" },
  z: { do: "look", axis: "z" },
  c: { do: "crop" },
  r: { do: "reset" },
  l: { do: "labels" },
  m: { do: "mode" },
  d: { do: "ruler" },
  s: { do: "screenshot" },
  f: { do: "fullscreen" },
  "?": { do: "help" },
  Escape: { do: "leave" },
  " ": { do: "hold" },
  "+": { do: "zoom", by: 1.25 },
  "=": { do: "zoom", by: 1.25 },
  "-": { do: "zoom", by: 0.8 },
  "[": { do: "window", wider: 0.9, higher: 0 },
  "]": { do: "window", wider: 1 / 0.9, higher: 0 },
  "{": { do: "window", wider: 1, higher: -0.05 },
  "}": { do: "window", wider: 1, higher: 0.05 },
};

/** What a key means; null when it is not ours, so that the page gets it. */
export function commandFor(press: Press): Command | null {
  if (press.ctrl || press.meta) return null;
  const step = press.shift ? 10 : 1;
  const arrow = ARROWS[press.key];
  if (arrow) {
    const [right, down] = [arrow[0] * step, arrow[1] * step];
    return press.alt ? { do: "pan", right, down } : { do: "move", right, down };
  }
  if (press.alt) return null;
  if (press.key === "PageUp") return { do: "slice", by: step };
  if (press.key === "PageDown") return { do: "slice", by: -step };
  const layout = LAYOUTS[Number(press.key) - 1];
  if (layout) return { do: "layout", layout };
  return PLAIN[press.key] ?? PLAIN[press.key.toLowerCase()] ?? null;
}

/** The help: what to press, what happens. */
export const HELP: { title: string; keys: [string, string][] }[] = [
  {
    title: "Views",
    keys: [
      ["1", "Three slices and 3D"],
      ["2 3 4 5", "XY, XZ, YZ, 3D alone"],
      ["x y z", "Turn 3D to look along an axis"],
      ["+ −", "Zoom"],
      ["Alt arrows", "Move the picture"],
      ["r", "Show everything"],
      ["f", "Full screen"],
    ],
  },
  {
    title: "Position",
    keys: [
      ["Arrows", "Move the crosshair in the view last used; turn the 3D view"],
      ["PageUp PageDown", "Next and previous slice"],
      ["Shift", "Ten at once"],
      ["d", "Ruler: distance from here to the crosshair, or along a line that you drag"],
    ],
  },
  {
    title: "Picture",
    keys: [
      ["[ ]", "Narrower, wider window"],
      ["{ }", "Darker, brighter range"],
      ["m", "Next way of drawing 3D"],
      ["l", "Labels on and off"],
      ["c", "Hide what is outside the ROI in 3D"],
      ["Space", "While held: the image before the filter"],
      ["s", "Save a picture"],
    ],
  },
  {
    title: "Pointer",
    keys: [
      ["Click, drag", "Move the crosshair; turn 3D"],
      ["Shift drag", "Move the picture"],
      ["Wheel", "Next slice; in 3D, zoom. Only after a click into the viewer"],
      ["Ctrl wheel", "Zoom a slice"],
      ["Double click", "One view alone, and back"],
      ["Drag a border of the ROI", "Change the ROI"],
    ],
  },
  {
    title: "Leave",
    keys: [
      ["Esc", "Give the keys back to the page"],
      ["?", "This help"],
    ],
  },
];
