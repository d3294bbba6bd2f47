import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executeJob } from "../job/job-executor.ts";
import { readJobMessage } from "../job/job-message.ts";
import type { JobReporter } from "../job/job-reporter.ts";
import type { StepRecord } from "../job/step-records.ts";
import { type RunnerClock, systemClock } from "../runner-clock.ts";
import type { JobOutcome } from "../wire/run-service-client.ts";
import { buildJobMessage, type JobSpec } from "./job-message-builder.ts";

/** What a job left behind, as a test reads it. */
export interface JobReport extends JobOutcome {
  /** Conclusions by step name, in order. */
  readonly steps: readonly (readonly [name: string, conclusion: string])[];
  /** The lines of one step's log, without their timestamps. */
  log(stepName: string): readonly string[];
  /** What the step's script printed: its log after the header, without timestamps. */
  output(stepName: string): readonly string[];
  /** The whole job's log as it is stored. */
  readonly wholeLog: readonly string[];
  readonly summaries: ReadonlyMap<string, string>;
  readonly workspace: string;
}

export interface JobRun {
  readonly report: Promise<JobReport>;
  /** Resolves once this text has been logged. */
  logged(text: string): Promise<void>;
  cancel(): void;
  shutdown(): void;
  kill(): void;
}

/** Runs jobs on this machine without any service: real shells, logs kept in memory. */
export class JobLab {
  readonly root = mkdtempSync(join(tmpdir(), "drover-runner-"));

  /** Removes the directory with everything jobs left in it. */
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  async run(
    spec: JobSpec,
    options: { clock?: RunnerClock; environment?: Record<string, string> } = {},
  ): Promise<JobReport> {
    return await this.start(spec, options).report;
  }

  start(spec: JobSpec, options: { clock?: RunnerClock; environment?: Record<string, string> } = {}): JobRun {
    const stop = { cancel: new AbortController(), shutdown: new AbortController(), kill: new AbortController() };
    const memory = new MemoryReporter();
    const report = executeJob({
      message: readJobMessage(buildJobMessage(spec)),
      runner: { runnerName: "r1", version: "2.336.0", os: "Linux", architecture: "X64" },
      workFolder: join(this.root, "_work"),
      environment: { PATH: process.env["PATH"] ?? "", HOME: this.root, ...options.environment },
      clock: options.clock ?? systemClock,
      reporter: memory,
      stop: { cancel: stop.cancel.signal, shutdown: stop.shutdown.signal, kill: stop.kill.signal },
    }).then((outcome): JobReport => ({
      ...outcome,
      steps: outcome.stepResults.map((step) => [step.name, step.conclusion] as const),
      log: (name) => memory.linesOf(outcome.stepResults.find((step) => step.name === name)?.external_id),
      output(name) {
        const lines = this.log(name);
        return lines.slice(lines.indexOf("##[endgroup]") + 1);
      },
      wholeLog: memory.whole,
      summaries: memory.summaries,
      workspace: join(this.root, "_work/widgets/widgets"),
    }));
    return {
      report,
      logged: async (text) => await memory.logged(text),
      cancel: () => stop.cancel.abort(),
      shutdown: () => stop.shutdown.abort(),
      kill: () => stop.kill.abort(),
    };
  }
}

class MemoryReporter implements JobReporter {
  readonly whole: string[] = [];
  readonly summaries = new Map<string, string>();
  readonly #lines = new Map<string, string[]>();
  readonly #watchers = new Set<() => void>();

  linesOf(stepId: string | undefined): readonly string[] {
    return this.#lines.get(stepId ?? "") ?? [];
  }

  async logged(text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.whole.some((line) => line.includes(text))) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  openLog(record: StepRecord): ReturnType<JobReporter["openLog"]> {
    const lines: string[] = [];
    this.#lines.set(record.id, lines);
    return {
      write: ({ stamped, shown }) => {
        lines.push(shown);
        this.whole.push(stamped);
        for (const watcher of this.#watchers) watcher();
      },
      room: () => undefined,
      close: () => undefined,
    };
  }

  stepChanged(): void {
    // The outcome tells the same at the end.
  }

  summary(stepId: string, content: string): void {
    this.summaries.set(stepId, content);
  }

  async finish(): Promise<void> {
    await Promise.resolve();
  }
}
