/** One filter of the chain. */

import { useState } from "preact/hooks";
import type { Step } from "../../protocol/document";
import type { Param } from "../../protocol/filters";
import { isDetail, moveStep, removeStep, switchStep } from "../logic/steps";
import { IconButton } from "../parts/controls";
import { Icon } from "../parts/icons";
import { useViewer } from "../state/viewer";
import { ParamField } from "./param";

interface StepProps {
  step: Step;
  index: number;
  dropping: boolean;
  onGrab(): void;
  onOver(): void;
  onDrop(): void;
}

export function StepCard({ step, index, dropping, onGrab, onOver, onDrop }: StepProps) {
  const { filtering } = useViewer();
  const descriptor = filtering.descriptor(step.filter);
  const params = descriptor?.params ?? [];
  return (
    <li
      class={`step ${step.enabled ? "" : "off"} ${dropping ? "drop" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        onOver();
      }}
      onDrop={(event) => {
        event.preventDefault();
        onDrop();
      }}
    >
      <Head
        {...{ step, index, onGrab }}
        title={descriptor?.title ?? step.filter}
        doc={descriptor?.doc}
      />
      {step.enabled && params.length > 0 && <Params {...{ step, index, params }} />}
    </li>
  );
}

interface HeadProps {
  step: Step;
  index: number;
  title: string;
  doc: string | undefined;
  onGrab(): void;
}

function Head({ step, index, title, doc, onGrab }: HeadProps) {
  const { filtering, store } = useViewer();
  const steps = store.steps.value;
  const move = (by: number) => filtering.set(moveStep(steps, index, index + by));
  return (
    <header>
      <span
        class="grip"
        draggable
        title="Drag to another place"
        onDragStart={(event) => {
          event.dataTransfer?.setData("text/plain", step.filter);
          onGrab();
        }}
      >
        <Icon name="grip" />
      </span>
      <span class="number">{index + 1}</span>
      <span class="title clip" title={doc}>
        {title}
      </span>
      {steps.length > 1 && (
        <>
          <IconButton
            icon="up"
            label={`Move ${title} up`}
            small
            disabled={index === 0}
            onClick={() => move(-1)}
          />
          <IconButton
            icon="down"
            label={`Move ${title} down`}
            small
            disabled={index === steps.length - 1}
            onClick={() => move(1)}
          />
        </>
      )}
      <IconButton
        icon={step.enabled ? "eye" : "closed"}
        label={`Use ${title}`}
        pressed={step.enabled}
        kind="plain eye"
        small
        onClick={() => filtering.set(switchStep(steps, index))}
      />
      <IconButton
        icon="cross"
        label={`Remove ${title}`}
        small
        kind="plain danger"
        onClick={() => filtering.set(removeStep(steps, index))}
      />
    </header>
  );
}

function Params({ step, index, params }: { step: Step; index: number; params: Param[] }) {
  const given = params.some((param) => isDetail(param) && param.name in step.params);
  const [open, setOpen] = useState(given);
  const main = params.filter((param) => !isDetail(param));
  const details = params.filter((param) => isDetail(param) && isUsed(param, step));
  return (
    <div class="params">
      {main.map((param) => (
        <ParamField key={param.name} {...{ param, step, index }} />
      ))}
      {details.length > 0 && (
        <button type="button" class="details" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="chevron" />
          {details.map(({ name }) => words(name)).join(", ")}
        </button>
      )}
      {open && details.map((param) => <ParamField key={param.name} {...{ param, step, index }} />)}
    </div>
  );
}

/** The value beyond the border means something with one kind of border only. */
const isUsed = ({ name }: Param, step: Step) =>
  name !== "boundary-value" || step.params.boundary === "constant";

/** A parameter's name as words. */
export const words = (name: string) => name.replace(/-/g, " ");
