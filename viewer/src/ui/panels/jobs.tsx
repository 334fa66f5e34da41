/** Runs that go on, below the views. */

import type { Job } from "../../protocol/document";
import { bytesText, rateText } from "../logic/units";
import { IconButton, Note } from "../parts/controls";
import { partDone, toGo } from "../state/jobs";
import { useViewer } from "../state/viewer";

export function Jobs() {
  const { store, jobs } = useViewer();
  const shown = (store.document.value?.jobs ?? []).filter(
    ({ id }) => !jobs.dismissed.value.includes(id),
  );
  return (
    <section class="jobs" aria-label="Runs">
      {shown.map((job) => (
        <Row key={job.id} job={job} />
      ))}
      <span class="hidden-label" role="status" aria-live="polite">
        {jobs.spoken.value}
      </span>
    </section>
  );
}

const WORDS: Record<Job["status"], string> = {
  waiting: "waits",
  running: "runs",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};

function Row({ job }: { job: Job }) {
  const part = partDone(job);
  const percent = part === null ? null : Math.floor(part * 100);
  const going = job.status === "running" || job.status === "waiting";
  return (
    <div class="job">
      <span class="name clip" title={job.command}>
        {job.name}
      </span>
      <div
        class={`bar ${job.status} ${going && percent === null ? "unknown" : ""}`}
        role="progressbar"
        aria-label={`Progress of ${job.name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent ?? undefined}
      >
        <i style={`width:${percent ?? 0}%`} />
      </div>
      <span class="figures">{figures(job, percent)}</span>
      <Actions job={job} going={going} />
      {job.message && job.status === "failed" && (
        <div class="message">
          <Note kind="bad">{job.message}</Note>
        </div>
      )}
    </div>
  );
}

function figures(job: Job, percent: number | null): string {
  if (job.status !== "running") return `${WORDS[job.status]} · ${job.output}`;
  const left = toGo(job);
  return [
    percent === null ? null : `${percent} %`,
    job.stage,
    left && `${left} left`,
    job.voxels_per_second && rateText(job.voxels_per_second),
    `${bytesText(job.resident_bytes)} of ${bytesText(job.budget_bytes)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function Actions({ job, going }: { job: Job; going: boolean }) {
  const { jobs } = useViewer();
  if (going)
    return (
      <IconButton
        icon="stop"
        label={`Cancel ${job.name}`}
        small
        kind="plain danger"
        onClick={() => jobs.cancel(job.id)}
      />
    );
  return (
    <span style="display:flex">
      {job.resumable && (
        <IconButton
          icon="play"
          label={`Resume ${job.name}`}
          small
          onClick={() => jobs.resume(job.id)}
        />
      )}
      <IconButton
        icon="cross"
        label={`Put ${job.name} away`}
        small
        onClick={() => jobs.dismiss(job.id)}
      />
    </span>
  );
}
