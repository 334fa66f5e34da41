/** Buttons, foldable sections and notes that the panels are made of. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick(): void;
  pressed?: boolean;
  disabled?: boolean;
  small?: boolean;
  kind?: string;
}

/** A button with an icon; its name is a tooltip too. */
export function IconButton(props: IconButtonProps) {
  const { icon, label, onClick, pressed, disabled, small, kind = "plain" } = props;
  return (
    <button
      type="button"
      class={`button square ${kind} ${small ? "small" : ""}`}
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

interface SectionProps {
  title: string;
  id: string;
  children: ComponentChildren;
  actions?: ComponentChildren;
  fill?: boolean;
}

/** A part of the side panel that can be folded. */
export function Section({ title, id, children, actions, fill }: SectionProps) {
  const [open, setOpen] = useState(true);
  return (
    <section class={`section ${fill ? "fill" : ""}`} aria-labelledby={`${id}-title`}>
      <header>
        <h2 class="grow" id={`${id}-title`}>
          <button type="button" class="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name="chevron" />
            {title}
          </button>
        </h2>
        {open && actions}
      </header>
      {open && <div class="body">{children}</div>}
    </section>
  );
}

/** A sentence with its icon. */
export function Note({
  kind,
  id,
  children,
}: {
  kind: string;
  id?: string;
  children: ComponentChildren;
}) {
  return (
    <p class={`note ${kind}`} id={id} role={kind === "bad" ? "alert" : undefined}>
      <Icon name={kind === "" ? "info" : "warn"} />
      <span>{children}</span>
    </p>
  );
}

interface CopyProps {
  /** `null` when there is nothing to copy, for a reason that was said. */
  text: () => string | Promise<string | null>;
  /** Without an icon, where several stand in a line. */
  plain?: boolean;
  title?: string;
  children: ComponentChildren;
}

/** A button that copies a text and says so. */
export function CopyButton({ text, plain, title, children }: CopyProps) {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    const found = await text();
    if (found === null) return;
    await copyText(found);
    setDone(true);
    timer.current = setTimeout(() => setDone(false), 1600);
  };
  return (
    <button type="button" class="button small" title={title} onClick={copy}>
      {!plain && <Icon name={done ? "check" : "copy"} />}
      {done ? "Copied" : children}
    </button>
  );
}

/** Pages without a secure context have no clipboard of their own. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
