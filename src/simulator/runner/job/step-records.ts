import type { JobResult } from "../exit-code.ts";
import type { StepOutcome } from "../wire/run-service-client.ts";
import type { StepConsole } from "./step-console.ts";

/** One line of the job's list of steps, as the service shows it. */
export interface StepRecord {
  readonly id: string;
  readonly number: number;
  name: string;
  startedAtMs: number | undefined;
  completedAtMs: number | undefined;
  conclusion: JobResult | undefined;
  console: StepConsole | undefined;
  logLineCount: number;
}

export function stepRecord(id: string, number: number, name: string): StepRecord {
  return {
    id,
    number,
    name,
    startedAtMs: undefined,
    completedAtMs: undefined,
    conclusion: undefined,
    console: undefined,
    logLineCount: 0,
  };
}

export function stepOutcome(record: StepRecord): StepOutcome {
  return {
    external_id: record.id,
    number: record.number,
    name: record.name,
    status: "completed",
    conclusion: record.conclusion ?? "skipped",
    started_at: instant(record.startedAtMs),
    completed_at: instant(record.completedAtMs),
    completed_log_lines: record.logLineCount,
    annotations: (record.console?.annotations ?? []).map((annotation) => ({
      ...annotation,
      stepNumber: record.number,
    })),
  };
}

export function instant(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
