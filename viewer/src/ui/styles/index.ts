/** The style sheet of the viewer, as one string: it goes into the shadow root. */

import plot from "uplot/dist/uPlot.min.css?inline";
import { BASE } from "./base";
import { LAYOUT } from "./layout";
import { PANELS } from "./panels";
import { TOKENS } from "./tokens";
import { VIEWS } from "./views";

export const STYLES = [plot, TOKENS, BASE, LAYOUT, VIEWS, PANELS].join("\n");
