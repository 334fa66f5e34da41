/** The filter chain. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { moveStep } from "../logic/steps";
import { CopyButton, IconButton, Note, Section } from "../parts/controls";
import { Icon } from "../parts/icons";
import { useViewer } from "../state/viewer";
import { Adder } from "./adder";
import { StepCard } from "./step";

export function Filters() {
  const { filtering, store } = useViewer();
  const enabled = store.document.value?.filter.enabled ?? true;
  const some = store.steps.value.length > 0;
  const actions = (
    <>
      {filtering.working.value && <span class="spin" role="img" aria-label="Preview is computed" />}
      {some && (
        <IconButton
          icon={enabled ? "eye" : "closed"}
          label="Show the result of the filters"
          pressed={enabled}
          kind="plain eye"
          small
          onClick={() => filtering.enable(!enabled)}
        />
      )}
    </>
  );
  return (
    <Section title="Filters" id="filters" fill actions={actions}>
      <Chain />
      <Add />
      <Notes />
      <span class="grow" />
      {some && <Foot />}
    </Section>
  );
}

function Chain() {
  const { filtering, store } = useViewer();
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const steps = store.steps.value;
  const drop = (at: number) => {
    if (dragged !== null && dragged !== at) filtering.set(moveStep(steps, dragged, at));
    setDragged(null);
    setOver(null);
  };
  if (steps.length === 0)
    return (
      <p class="empty">
        Add a filter to see its effect at once on the slices. Nothing is stored until you apply it.
      </p>
    );
  return (
    <ol class="steps" aria-label="Filters in the order in which they run">
      {steps.map((step, index) => (
        <StepCard
          key={`${index} ${step.filter}`}
          {...{ step, index, dropping: over === index && dragged !== index }}
          onGrab={() => setDragged(index)}
          onOver={() => dragged !== null && setOver(index)}
          onDrop={() => drop(index)}
        />
      ))}
    </ol>
  );
}

function Add() {
  const { filtering, store } = useViewer();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useLayoutEffect(() => {
    if (wasOpen.current) button.current?.focus();
    wasOpen.current = open;
  }, [open]);
  if (open) return <Adder onClose={() => setOpen(false)} />;
  return (
    <button
      ref={button}
      type="button"
      class="button"
      aria-expanded={false}
      disabled={!store.active.value || !filtering.descriptors.value}
      onClick={() => setOpen(true)}
    >
      <Icon name="plus" />
      Add filter
    </button>
  );
}

/** What the server says of the chain, and what is true of the preview only. */
function Notes() {
  const { filtering, store } = useViewer();
  const steps = store.steps.value;
  const error = filtering.error.value;
  const placed = error?.parameter && steps.some((step) => hasParam(step.filter, error.parameter));
  function hasParam(filter: string, name: string | null) {
    return filtering.descriptor(filter)?.params.some((param) => param.name === name) ?? false;
  }
  const preview = steps.length > 0 ? filtering.lastPreview.value : null;
  const notes = filtering.outline.value?.notes ?? [];
  return (
    <>
      {error && !placed && <Note kind="bad">{error.text}</Note>}
      {notes.map((note) => (
        <Note key={note} kind="">
          {note}
        </Note>
      ))}
      {preview?.roi_only && !notes.some((note) => note.includes("ROI")) && (
        <Note kind="warn">
          The preview is computed on the ROI only; the full run sees the volume.
        </Note>
      )}
      {preview?.approximate && !notes.some((note) => note.includes("approximate")) && (
        <Note kind="">
          Approximate: the preview is made from a coarser level. Zoom in for the exact result.
        </Note>
      )}
    </>
  );
}

function Foot() {
  const { filtering, store } = useViewer();
  const copies = filtering.outline.value?.copies;
  const error = filtering.error.value;
  const ready = store.steps.value.some((step) => step.enabled) && !error;
  return (
    <div class="foot">
      {copies && (
        <div class="copies" role="group" aria-label="Copy the filters as">
          <span class="quiet">Copy as</span>
          <CopyButton plain text={() => copies.command}>
            command
          </CopyButton>
          <CopyButton plain text={() => copies.python}>
            Python
          </CopyButton>
          <CopyButton plain text={() => copies.pipeline}>
            pipeline
          </CopyButton>
        </div>
      )}
      <button
        type="button"
        class="button primary"
        disabled={!ready}
        onClick={() => {
          store.dialog.value = "apply";
        }}
      >
        Apply to volume…
      </button>
    </div>
  );
}
