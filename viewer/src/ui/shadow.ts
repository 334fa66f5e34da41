/** The shadow root of a viewer, with its style sheet: the page's sheets do not reach in, ours do not reach out. */

import { STYLES } from "./styles";

export function shadowOf(element: HTMLElement): ShadowRoot {
  if (element.shadowRoot) return element.shadowRoot;
  const shadow = element.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  shadow.adoptedStyleSheets = [sheet];
  return shadow;
}
