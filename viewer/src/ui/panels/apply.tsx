/** The dialog that starts a run over the whole volume. */

import { useEffect, useState } from "preact/hooks";
import type { JobRequest, Plan } from "../../protocol/filters";
import { isWord, outputName } from "../logic/names";
import { bytesText, timeText } from "../logic/units";
import { Note } from "../parts/controls";
import { Dialog } from "../parts/dialog";
import { Select, TextField } from "../parts/fields";
import { useViewer } from "../state/viewer";

export function Apply() {
  const { store, jobs } = useViewer();
  const steps = store.steps.value.filter((step) => step.enabled);
  const [job, setJob] = useState<JobRequest>(() => ({
    name: outputName(store.active.value?.name ?? "", steps),
    region: "volume",
    level: 0,
    overwrite: false,
    resume: false,
  }));
  const close = () => {
    store.dialog.value = null;
  };
  const named = isWord(job.name);
  useEffect(() => {
    if (named) void jobs.ask({ ...job, steps });
  }, [job, named]);
  const plan = jobs.plan.value;
  const taken = Boolean(plan?.exists) && !job.overwrite && !job.resume;
  const ready = named && plan && !jobs.refusal.value && !taken && !jobs.starting.value;
  const start = async () => {
    if (await jobs.start({ ...job, steps })) close();
  };
  const footer = (
    <>
      {jobs.planning.value && <span class="spin" role="img" aria-label="The plan is made" />}
      <span class="grow" />
      <button type="button" class="button" onClick={close}>
        Cancel
      </button>
      <button type="button" class="button primary" disabled={!ready} onClick={start}>
        Start
      </button>
    </>
  );
  return (
    <Dialog title="Apply filters to the volume" onClose={close} footer={footer}>
      <Form {...{ job, named }} onChange={(change) => setJob({ ...job, ...change })} />
      {plan?.exists && <Exists job={job} onChange={(change) => setJob({ ...job, ...change })} />}
      <Refused />
      {plan && !jobs.refusal.value && <Figures plan={plan} />}
    </Dialog>
  );
}

interface FormProps {
  job: JobRequest;
  named: boolean;
  onChange(change: Partial<JobRequest>): void;
}

function Form({ job, named, onChange }: FormProps) {
  const { store } = useViewer();
  const layer = store.active.value;
  const levels = (layer?.levels ?? []).map(({ shape }, level) => ({
    value: String(level),
    title: `${level}: ${[...shape].reverse().join(" × ")}${level === 0 ? ", full resolution" : ""}`,
  }));
  return (
    <div class="form">
      <span class="label">Output</span>
      <TextField
        label="Name of the output"
        value={job.name}
        invalid={!named}
        onCommit={(name) => onChange({ name: name.trim(), overwrite: false, resume: false })}
      />
      {!named && (
        <>
          <span />
          <Note kind="bad">
            One word of letters, figures, dots, dashes and underscores is needed.
          </Note>
        </>
      )}
      <span class="label">Region</span>
      <Select
        label="Region"
        value={job.region}
        options={[
          { value: "volume", title: "Whole volume" },
          { value: "roi", title: "ROI only" },
        ]}
        onChange={(region) => onChange({ region })}
      />
      <span class="label">Level</span>
      <Select
        label="Level"
        value={String(job.level)}
        options={levels}
        onChange={(level) => onChange({ level: Number(level) })}
      />
    </div>
  );
}

function Exists({ job, onChange }: { job: JobRequest; onChange: FormProps["onChange"] }) {
  return (
    <div class="note warn choice" role="group" aria-label="There is an output of this name">
      <span class="grow">There is an output of this name.</span>
      <label class="check">
        <input
          type="checkbox"
          checked={job.overwrite}
          onChange={(event) => onChange({ overwrite: event.currentTarget.checked, resume: false })}
        />
        Replace it
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={job.resume}
          onChange={(event) => onChange({ resume: event.currentTarget.checked, overwrite: false })}
        />
        Go on with it
      </label>
    </div>
  );
}

function Refused() {
  const { jobs } = useViewer();
  const refusal = jobs.refusal.value;
  if (!refusal) return null;
  return (
    <Note kind="bad">
      {refusal.text} {refusal.hint}
    </Note>
  );
}

function Figures({ plan }: { plan: Plan }) {
  const time = plan.seconds ? spanText(plan.seconds) : "unknown";
  const tight = plan.disk_bytes > plan.free_bytes;
  return (
    <>
      <dl class="facts">
        <Fact
          title="Memory"
          value={bytesText(plan.peak_bytes)}
          more={`of ${bytesText(plan.budget_bytes)}; least ${bytesText(plan.least_bytes)}`}
        />
        <Fact
          title="Disk"
          value={bytesText(plan.disk_bytes)}
          more={`${bytesText(plan.free_bytes)} free`}
        />
        <Fact
          title="Time"
          value={time}
          more={plan.seconds ? "estimate" : "no run like it was measured"}
        />
      </dl>
      {tight && <Note kind="bad">The disk has too little room for the output.</Note>}
      <p class="faint">
        Writes <span class="mono">{plan.output}</span> with its pyramid. The result becomes a layer;
        a run that was stopped can go on.
      </p>
    </>
  );
}

/** From so long to so long. */
function spanText([least, most]: [number, number]): string {
  if (most < 1) return "under 1 s";
  const [from, to] = [timeText(least), timeText(most)];
  return from === to ? from : `${from} – ${to}`;
}

function Fact({ title, value, more }: { title: string; value: string; more: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {value}
        <small>{more}</small>
      </dd>
    </div>
  );
}
