/** Dark or light: what the user chose, else what the notebook is, else what the system prefers. */

import type { Theme } from "./state/store";

const KEY = "voxsieve-theme";

/** What a notebook says of itself; null elsewhere. */
export function notebookTheme(page: Document): Theme | null {
  const { body, documentElement: html } = page;
  const lab = body.dataset.jpThemeLight ?? html.dataset.jpThemeLight;
  if (lab !== undefined) return lab === "true" ? "light" : "dark";
  if (body.matches(".vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light)"))
    return "dark";
  if (body.matches(".vscode-light, .vscode-high-contrast-light")) return "light";
  const other = html.getAttribute("theme") ?? html.dataset.theme;
  return other === "dark" || other === "light" ? other : null;
}

function chosen(): Theme | null {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "dark" || theme === "light" ? theme : null;
  } catch {
    // Pages in a sandbox have no storage; the choice then lasts as long as the page.
    return null;
  }
}

/** Follows the theme; the answer ends that and can change it. */
export function followTheme(set: (theme: Theme) => void): {
  choose(theme: Theme): void;
  stop(): void;
} {
  const light = matchMedia("(prefers-color-scheme: light)");
  let own = chosen();
  const look = () => set(own ?? notebookTheme(document) ?? (light.matches ? "light" : "dark"));
  const watch = new MutationObserver(look);
  const attributes = ["class", "data-jp-theme-light", "data-theme", "theme"];
  for (const element of [document.body, document.documentElement])
    watch.observe(element, { attributes: true, attributeFilter: attributes });
  light.addEventListener("change", look);
  look();
  return {
    choose(theme) {
      own = theme;
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // Not kept for the next page, see above.
      }
      look();
    },
    stop() {
      watch.disconnect();
      light.removeEventListener("change", look);
    },
  };
}
