/** The ruler as it lies over a slice view. */

import type { SlicePane } from "../../engine/panes";
import type { Axis, Rect } from "../../engine/types";
import { type Line, lineText } from "../logic/ruler";
import { useViewer } from "../state/viewer";

/** Room between the line and its length. */
const BESIDE = 14;

export function RulerLine({ axis, rect }: { axis: Axis; rect: Rect }) {
  const { ruler, store } = useViewer();
  const line = ruler.line.value;
  const frame = store.frame.value;
  if (!line || !frame) return null;
  return (
    <svg class="ruler" aria-hidden="true">
      {ruler.panes(axis).map((pane) => (
        <Drawn key={pane.rect.left} {...{ pane, line, rect, text: lineText(line, frame) }} />
      ))}
    </svg>
  );
}

interface DrawnProps {
  pane: SlicePane;
  line: Line;
  rect: Rect;
  text: string;
}

/** The line as far as it lies along a slice: dashed where it is not in it, and with its length where that is seen whole. */
function Drawn({ pane, line, rect, text }: DrawnProps) {
  const { left, top, width, height } = pane.rect;
  const [ax, ay] = pane.toPixel(line.from);
  const [bx, by] = pane.toPixel(line.to);
  const long = Math.hypot(bx - ax, by - ay);
  if (long < 1) return null;
  const crosses = (axis: number) => line.from[axis] !== line.to[axis];
  const inside =
    !crosses(pane.along) && Math.floor(line.from[pane.along]) === pane.slice[pane.along];
  const labelled = !crosses(pane.along) || [0, 1, 2].every(crosses);
  // Perpendicular to the line, upwards, so that the text does not lie on it.
  const up = bx < ax ? -1 : 1;
  const [nx, ny] = [((by - ay) / long) * up, (-(bx - ax) / long) * up];
  const [mx, my] = [(ax + bx) / 2 - left + nx * BESIDE, (ay + by) / 2 - top + ny * BESIDE];
  const ends = `M${ax - left} ${ay - top}L${bx - left} ${by - top}`;
  return (
    <svg x={left - rect.left} y={top - rect.top} width={width} height={height} aria-hidden="true">
      <path class="under" d={ends} />
      <path class={inside ? "" : "aside"} d={ends} />
      <circle cx={ax - left} cy={ay - top} r="3" />
      <circle cx={bx - left} cy={by - top} r="3" />
      {labelled && (
        <text x={mx} y={my} text-anchor={nx > 0.3 ? "start" : nx < -0.3 ? "end" : "middle"}>
          {text}
        </text>
      )}
    </svg>
  );
}
