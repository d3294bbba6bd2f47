import type { JobReport, StepReport } from "../broker/job-desk.ts";
import { field, listField, objectField, stringField } from "./loose-json.ts";

type Conclusion = JobReport["conclusion"];

/** Runners speak of results in words of their own; unknown words count as failure. */
export function conclusionOf(word: string | undefined): Conclusion {
  switch (word?.toLowerCase()) {
    case "succeeded":
    case "succeededwithissues":
    case "success":
      return "success";
    case "canceled":
    case "cancelled":
      return "cancelled";
    case "skipped":
      return "skipped";
    default:
      return "failure";
  }
}

/**
 * Reads the body of `completejob` from either known runner: member names in any case, zero values left out. The job's
 * conclusion is its own; one runner reports the failing step as succeeded, so steps never decide.
 */
export function readCompletion(body: unknown): JobReport {
  const outputs = Object.entries(objectField(body, "outputs") ?? {}).map(
    ([name, output]) => [name, stringField(output, "value") ?? ""] as const,
  );
  return {
    conclusion: conclusionOf(stringField(body, "conclusion")),
    outputs: Object.fromEntries(outputs),
    steps: listField(body, "stepResults")
      .map(readStep)
      .sort((a, b) => a.number - b.number),
  };
}

function readStep(step: unknown): StepReport {
  const number = field(step, "number");
  return {
    externalId: (stringField(step, "external_id") ?? "").toLowerCase(),
    number: typeof number === "number" ? number : 0,
    name: stringField(step, "name") ?? "",
    conclusion: conclusionOf(stringField(step, "conclusion")),
    startedAt: stringField(step, "started_at") ?? null,
    completedAt: stringField(step, "completed_at") ?? null,
  };
}
