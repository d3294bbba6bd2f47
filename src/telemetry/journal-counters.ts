import { Counter, Histogram, type Registry } from "prom-client";
import type { RecordedEntry } from "../core/ports/journal.ts";
import type { JobView, ReadModel } from "../core/ports/read-model.ts";
import { LinkDurations } from "./link-durations.ts";

const jobResults: ReadonlySet<string> = new Set(["succeeded", "failed", "canceled", "skipped", "abandoned"]);
const waitSeconds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];
const maxLookUps = 256;
const maxTracks = 20_000;

/** What an attempt to launch may come to, by the journal's word for it. */
const launchResults: ReadonlyMap<string, string> = new Map([
  ["created", "created"],
  ["launch-unanswered", "unanswered"],
  ["ending-launch-failed", "failed"],
  ["ending-credential-failed", "credential-failed"],
]);

/** Counters and histograms that follow the journal, entry by entry. */
export function journalCounters(readModel: ReadModel, registers: Registry[]) {
  const linkSeconds = new Histogram({
    name: "drover_link_seconds",
    help: "From the link before it (of the same job or runner) to this link of the chain.",
    labelNames: ["pool", "link"],
    buckets: waitSeconds,
    registers,
  });
  const queuedToStarted = new Histogram({
    name: "drover_job_queued_to_started_seconds",
    help: "From queued to started, by GitHub's own times.",
    labelNames: ["pool"],
    buckets: waitSeconds,
    registers,
  });
  const launches = new Counter({
    name: "drover_launches_total",
    help: "Attempts to launch a runner, by result.",
    labelNames: ["pool", "result"],
    registers,
  });
  const finished = new Counter({
    name: "drover_jobs_finished_total",
    help: "Jobs that came to their end, by result.",
    labelNames: ["pool", "result"],
    registers,
  });
  const endings = new Counter({
    name: "drover_runner_endings_total",
    help: "Runners that had to go, by reason.",
    labelNames: ["pool", "reason"],
    registers,
  });
  const conflicts = new Counter({
    name: "drover_session_conflicts_total",
    help: "GitHub refused a message session because another one was open.",
    labelNames: ["pool"],
    registers,
  });

  const durations = new LinkDurations({ maxTracks });
  // The journal names a job; times and result stand in its view. They are looked up together, not once an entry.
  const lookUps: { readonly job: string; readonly pool: string; readonly kind: "started" | "finished" }[] = [];

  const settle = () => {
    if (lookUps.length === 0) return;
    const views = new Map<string, JobView>(readModel.jobs().map((view) => [view.id, view]));
    for (const { job, pool, kind } of lookUps.splice(0)) {
      const view = views.get(job);
      if (kind === "finished") finished.inc({ pool, result: resultLabel(view?.result) });
      else if (view?.queuedAtMs !== undefined && view.startedAtMs !== undefined)
        queuedToStarted.observe({ pool }, Math.max(0, view.startedAtMs - view.queuedAtMs) / 1000);
    }
  };

  return {
    settle,
    take(entry: RecordedEntry) {
      const { pool, kind, job } = entry;
      const duration = durations.observe(entry);
      if (duration !== undefined) linkSeconds.observe({ pool, link: duration.link }, duration.durationMs / 1000);
      const result = launchResults.get(kind);
      if (result !== undefined) launches.inc({ pool, result });
      if (kind.startsWith("ending-")) endings.inc({ pool, reason: kind.slice("ending-".length) });
      if (kind === "session-conflict") conflicts.inc({ pool });
      if (job === undefined || (kind !== "started" && kind !== "finished")) return;
      lookUps.push({ job, pool, kind });
      if (lookUps.length >= maxLookUps) settle();
    },
  };
}

function resultLabel(result: string | undefined): string {
  const word = result?.toLowerCase() ?? "unknown";
  return jobResults.has(word) || word === "unknown" ? word : "other";
}
