import type { LogSink } from "../log/step-log.ts";
import type { StepRecord } from "./step-records.ts";

/** Where a job tells what happens while it runs. Nothing here may fail the job. */
export interface JobReporter {
  /** A sink for one step's log; every line goes into the job's log too. */
  openLog(record: StepRecord): LogSink & { close(lineCount: number): void };
  stepChanged(record: StepRecord): void;
  summary(stepId: string, content: string): void;
  /** Sends what is left, within bounded time. */
  finish(): Promise<void>;
}
