/** What is said beside and instead of a picture. */

import { Icon, Mark } from "../parts/icons";
import { useViewer } from "../state/viewer";

/** What is wrong, over the picture that stays. */
export function Banners() {
  const { store } = useViewer();
  const gone = store.connection.value === "gone" && store.document.value;
  const lost = store.contextLost.value;
  const trouble = store.trouble.value;
  return (
    <div class="banner" role="status" aria-live="polite">
      {gone && (
        <div class="error">
          <Icon name="warn" />
          Disconnected from the server. The last picture stays; trying again.
        </div>
      )}
      {lost && (
        <div class="warn">
          <Icon name="warn" />
          The graphics card took the picture away; it comes back by itself.
        </div>
      )}
      {trouble && !gone && (
        <div class="warn">
          <Icon name="warn" />
          {trouble}
        </div>
      )}
      {store.notices.value.map(({ id, kind, text }) => (
        <div key={id} class={kind}>
          <Icon name={kind === "error" ? "warn" : "info"} />
          <span class="grow">{text}</span>
          <button
            type="button"
            class="button plain small square"
            aria-label="Put the message away"
            onClick={() => store.unsay(id)}
          >
            <Icon name="cross" />
          </button>
        </div>
      ))}
    </div>
  );
}

/** What is said where there is no picture. */
export function Blank({ failure }: { failure: string | null }) {
  const { store } = useViewer();
  const words = blankWords(failure, store.connection.value, store.document.value?.layers.length);
  if (!words) return null;
  return (
    <div class="blank" role={failure ? "alert" : "status"}>
      <Mark />
      <h2>{words.title}</h2>
      <p>{words.text}</p>
    </div>
  );
}

function blankWords(failure: string | null, connection: string, layers: number | undefined) {
  if (failure) return { title: "No picture", text: failure };
  if (layers === undefined && connection === "gone")
    return {
      title: "The server does not answer",
      text: "Is voxsieve view, or the notebook's kernel, still running? Trying again.",
    };
  if (layers === undefined) return { title: "Connecting", text: "Waiting for the server." };
  if (layers === 0)
    return {
      title: "No layer yet",
      text: "A volume appears here as soon as one is set, for example with viewer.set_image(…).",
    };
  return null;
}
