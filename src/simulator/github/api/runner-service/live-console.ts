import { listField } from "../../model/run-service/loose-json.ts";
import type { RunnerServices } from "./runner-services.ts";

/** Takes in what arrives on one console socket; undefined when no job has this token. */
export function consoleOf({ side }: RunnerServices, jobToken: string): ((text: string) => void) | undefined {
  const execution = side.executions.ofToken(jobToken);
  if (execution === undefined) return undefined;
  return (text) => side.console.append(execution.jobId, linesOf(text));
}

function linesOf(text: string): readonly string[] {
  try {
    return listField(JSON.parse(text), "value").filter((line) => typeof line === "string");
  } catch {
    // The console is a courtesy: what cannot be read is left out and harms nothing.
    return [];
  }
}
