/** The keys. */

import { HELP } from "../logic/keymap";
import { Dialog } from "../parts/dialog";
import { useViewer } from "../state/viewer";

export function Help() {
  const { store } = useViewer();
  const close = () => {
    store.dialog.value = null;
  };
  return (
    <Dialog title="Keys and pointer" onClose={close}>
      <p class="quiet">
        They act while the viewer has the focus: click into it, or reach it with Tab.
      </p>
      <div class="help">
        {HELP.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, words]) => [
                <dt key={key}>
                  {title === "Pointer"
                    ? key
                    : key.split(" ").map((one) => <kbd key={one}>{one}</kbd>)}
                </dt>,
                <dd key={words}>{words}</dd>,
              ])}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
