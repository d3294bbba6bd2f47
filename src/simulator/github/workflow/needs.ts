import type { TemplateContext } from "@actions/workflow-parser/templates/template-context";
import type { StringToken, TemplateToken } from "./tokens.ts";

/** A job with the tokens of its `needs`. */
export interface NeedingJob {
  readonly id: string;
  readonly needs: readonly StringToken[];
}

export interface ResolvedNeeds {
  readonly needs: readonly string[];
  readonly ancestors: readonly string[];
}

/**
 * Finds each job's direct and indirect predecessors. Ids are compared without regard to case. Unknown jobs and circles become
 * errors of the context.
 */
export function resolveNeeds(
  context: TemplateContext,
  jobsToken: TemplateToken,
  jobs: readonly NeedingJob[],
): ReadonlyMap<string, ResolvedNeeds> {
  const byLowerId = new Map(jobs.map((job) => [job.id.toLowerCase(), job]));
  const resolved = new Map<string, ResolvedNeeds>();
  // Jobs are resolved in rounds: each round takes those whose needs are all resolved.
  let open = [...jobs];
  while (open.length > 0) {
    const ready = open.filter((job) => job.needs.every((need) => resolved.has(idOf(byLowerId, need) ?? "")));
    if (ready.length === 0) break;
    for (const job of ready) {
      const needs = [...new Set(job.needs.map((need) => idOf(byLowerId, need) ?? ""))];
      const ancestors = new Set(needs.flatMap((need) => [need, ...(resolved.get(need)?.ancestors ?? [])]));
      resolved.set(job.id, { needs, ancestors: [...ancestors] });
    }
    open = open.filter((job) => !resolved.has(job.id));
  }
  if (open.length > 0 && resolved.size === 0 && jobs.every((job) => job.needs.length > 0)) {
    context.error(jobsToken, "The workflow must contain at least one job with no dependencies.");
  }
  for (const job of open) {
    for (const need of job.needs) {
      const needed = byLowerId.get(need.value.toLowerCase());
      if (needed === undefined) {
        context.error(need, `Job '${job.id}' depends on unknown job '${need.value}'.`);
      } else if (!resolved.has(needed.id)) {
        context.error(
          need,
          `Job '${job.id}' depends on job '${need.value}' which creates a cycle in the dependency graph.`,
        );
      }
    }
  }
  return resolved;
}

function idOf(byLowerId: ReadonlyMap<string, NeedingJob>, need: StringToken): string | undefined {
  return byLowerId.get(need.value.toLowerCase())?.id;
}
