/** Search in the list of filters. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Descriptor } from "../../protocol/filters";
import { search } from "../logic/search";
import { addStep, newStep } from "../logic/steps";
import { IconButton } from "../parts/controls";
import { Icon } from "../parts/icons";
import { FILTERED } from "../state/store";
import { useViewer } from "../state/viewer";

export function Adder({ onClose }: { onClose(): void }) {
  const { filtering, store } = useViewer();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  // Before the next key comes, not after the next frame.
  useLayoutEffect(() => field.current?.focus(), []);
  const all = filtering.descriptors.value ?? [];
  const groups = useMemo(() => search(all, words), [all, words]);
  const flat = groups.flatMap(({ filters }) => filters);
  const add = (descriptor: Descriptor | undefined) => {
    if (!descriptor) return;
    const volumes = store.layers.value.filter(
      ({ id }) => id !== FILTERED && id !== store.active.value?.id,
    );
    const step = newStep(
      descriptor,
      filtering.greys.value,
      volumes.map(({ id }) => `layer:${id}`),
    );
    filtering.set(addStep(store.steps.value, step));
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) setAt((at + by + flat.length) % Math.max(1, flat.length));
    else if (event.key === "Enter") add(flat[at]);
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="adder">
      <div class="search">
        <Icon name="search" />
        <input
          ref={field}
          class="field"
          type="text"
          role="combobox"
          placeholder="Search filters"
          aria-label="Search filters"
          aria-expanded="true"
          aria-controls="filter-list"
          aria-activedescendant={flat[at] && `filter-${flat[at].name}`}
          autocomplete="off"
          value={words}
          onInput={(event) => {
            setWords(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <IconButton icon="cross" label="Close the list" small onClick={onClose} />
      </div>
      <div class="list" id="filter-list" role="listbox" aria-label="Filters" tabIndex={-1}>
        {groups.map(({ category, filters }) => (
          <div key={category} role="group" aria-label={category}>
            <div class="group" aria-hidden="true">
              {category}
            </div>
            {filters.map((descriptor) => (
              <Option
                key={descriptor.name}
                {...{ descriptor, chosen: flat[at] === descriptor }}
                onAdd={() => add(descriptor)}
              />
            ))}
          </div>
        ))}
        {flat.length === 0 && (
          <p class="quiet" style="padding:8px">
            No filter is called that.
          </p>
        )}
      </div>
    </div>
  );
}

interface OptionProps {
  descriptor: Descriptor;
  chosen: boolean;
  onAdd(): void;
}

function Option({ descriptor, chosen, onAdd }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) element.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the field above has focus and keys
    <div
      ref={element}
      id={`filter-${descriptor.name}`}
      class={`option ${chosen ? "at" : ""}`}
      role="option"
      aria-selected={chosen}
      title={descriptor.doc}
      onClick={onAdd}
    >
      {descriptor.title}
      <p class="clip">{descriptor.doc.split(". ")[0].replace(/\.$/, "")}</p>
    </div>
  );
}
