/** What stands in the viewer's place until there is a connection. */

import { render } from "preact";
import { Mark } from "../ui/parts/icons";
import { shadowOf } from "../ui/shadow";
import { followTheme } from "../ui/theme";

export interface Words {
  title: string;
  text: string;
  /** A picture of before, as a data URL. */
  picture?: string;
}

/** Shows the words; the answer takes them away. */
export function showWaiting(element: HTMLElement, words: Words): () => void {
  const shadow = shadowOf(element);
  const draw = (theme: string) =>
    render(
      <div class={`voxsieve none ${words.picture ? "pictured" : ""}`} data-theme={theme}>
        {words.picture && (
          <img class="last" src={words.picture} alt="What the viewer showed last" />
        )}
        <div class={words.picture ? "banner" : "blank"} role="status">
          {words.picture ? (
            <div class="warn">{words.text}</div>
          ) : (
            <>
              <Mark />
              <h2>{words.title}</h2>
              <p>{words.text}</p>
            </>
          )}
        </div>
      </div>,
      shadow,
    );
  const theme = followTheme(draw);
  return () => {
    theme.stop();
    render(null, shadow);
  };
}
