import type { Truth } from "../simulator/truth.ts";
import { span, type Line } from "../terminal/line.ts";
import { durationText } from "../terminal/time-text.ts";
import { instant } from "./picture.ts";
import { leftoverRunners, type Leftovers } from "./leftovers.ts";
import { cancelledOnPurpose, failsOnPurpose } from "./sample.ts";

/** What `drover demo --json` prints last. */
export interface DemoSummary {
  readonly jobs: {
    readonly queued: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly cancelled: number;
    readonly lost: number;
  };
  readonly runners: { readonly made: number; readonly gone: number; readonly leaked: number };
  readonly queuedToStartedMs: { readonly p50: number; readonly p95: number };
}

/**
 * Counts by the simulator's truth and by what was really found on this machine. A job that never came to its end is lost, one
 * that never became ready because another was lost included. A skipped job was never queued.
 */
export function summarize(truth: Truth, leftovers: Leftovers): DemoSummary {
  const queued = truth.jobs.filter((job) => job.conclusion !== "skipped");
  const ended = queued.filter((job) => job.status === "completed");
  const having = (conclusion: string) => ended.filter((job) => job.conclusion === conclusion).length;
  const succeeded = having("success");
  const cancelled = having("cancelled");
  const waits = queued
    .map(({ queuedAt, startedAt }) => [instant(queuedAt), instant(startedAt)] as const)
    .flatMap(([from, to]) => (from === undefined || to === undefined ? [] : [Math.max(0, to - from)]))
    .sort((a, b) => a - b);
  return {
    jobs: {
      queued: queued.length,
      succeeded,
      failed: ended.length - succeeded - cancelled,
      cancelled,
      lost: queued.length - ended.length,
    },
    runners: {
      made: truth.runners.length,
      gone: truth.runners.filter((runner) => runner.goneAt !== null).length,
      leaked: leftoverRunners(leftovers).length,
    },
    queuedToStartedMs: { p50: percentile(waits, 0.5), p95: percentile(waits, 0.95) },
  };
}

/** Nearest rank of ascending values; 0 of none. */
function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? 0;
}

/** What is not as it must be, a sentence each; empty when the demo shows what it promises. */
export function complaints(truth: Truth, summary: DemoSummary, leftovers: Leftovers): string[] {
  const found: string[] = [];
  const { jobs, runners } = summary;
  if (jobs.queued === 0) found.push("No job was queued.");
  if (jobs.lost > 0) found.push(`${jobs.lost} of ${jobs.queued} jobs never came to an end.`);
  if (runners.leaked > 0) found.push(`Left over: ${leftoverRunners(leftovers).join(", ")}.`);
  for (const job of truth.jobs) {
    if (job.status !== "completed" || job.conclusion === "skipped") continue;
    const wanted = expectedEnd(job.name);
    if (job.conclusion !== wanted) found.push(`"${job.name}" should end in ${wanted}, but ended in ${job.conclusion}.`);
  }
  return found;
}

function expectedEnd(name: string): string {
  return name === failsOnPurpose ? "failure" : name === cancelledOnPurpose ? "cancelled" : "success";
}

/** The summary for people. */
export function summaryLines(summary: DemoSummary, faults: readonly string[], tookMs: number): Line[] {
  const { jobs, runners, queuedToStartedMs } = summary;
  const label = (text: string) => span(` ${text.padEnd(20)}`, "bold");
  const isGood = faults.length === 0;
  return [
    [
      label("jobs"),
      span(`${jobs.queued} queued   `),
      span(`${jobs.succeeded} succeeded`, "good"),
      span(`   ${jobs.failed} failed`, jobs.failed > 0 ? "bad" : "dim"),
      span(`   ${jobs.cancelled} cancelled`, jobs.cancelled > 0 ? "warning" : "dim"),
      span(`   ${jobs.lost} lost`, jobs.lost > 0 ? "bad" : "good"),
    ],
    [
      label("queued to started"),
      span(`p50 ${durationText(queuedToStartedMs.p50)}   p95 ${durationText(queuedToStartedMs.p95)}`),
    ],
    [
      label("runners"),
      span(`${runners.made} made   ${runners.gone} gone   `),
      span(`${runners.leaked} leaked`, runners.leaked > 0 ? "bad" : "good"),
    ],
    [],
    ...(isGood
      ? [
          [span(" ✓ ", "good"), span(`Every job came to its end and nothing is left, in ${durationText(tookMs)}.`)],
          [span("   One job failed and one was cancelled on purpose.", "dim")],
        ]
      : faults.map((fault) => [span(" ✗ ", "bad"), span(fault)])),
  ];
}
