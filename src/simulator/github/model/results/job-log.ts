import type { LiveConsole } from "./live-console.ts";
import type { LogBlobs } from "./log-blobs.ts";
import type { StepBook } from "./step-progress.ts";

/**
 * A job's log as one text: the uploaded job log; else the logs of its steps in their order; else, while it runs, what its
 * console said so far. Undefined when nothing arrived at all.
 */
export function jobLog(
  jobId: string,
  from: { readonly blobs: LogBlobs; readonly steps: StepBook; readonly console: LiveConsole },
): string | undefined {
  const whole = from.blobs.text({ jobId, kind: "job-log", stepId: "" });
  if (whole !== undefined) return whole;
  const said = from.console.text(jobId);
  const numbers = new Map(from.steps.steps(jobId).map((step) => [step.externalId, step.number]));
  const logged = [...from.blobs.loggedSteps(jobId)]
    .sort((a, b) => (numbers.get(a) ?? Number.MAX_SAFE_INTEGER) - (numbers.get(b) ?? Number.MAX_SAFE_INTEGER))
    .map((stepId) => from.blobs.text({ jobId, kind: "step-log", stepId }) ?? "");
  const isRunning = from.steps.steps(jobId).some((step) => step.status !== "completed");
  if (said !== undefined && (isRunning || logged.length === 0)) return said;
  return logged.length === 0 ? said : logged.map(endWithNewline).join("");
}

function endWithNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
