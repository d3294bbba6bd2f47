import { convertOn } from "@actions/workflow-parser/model/converter/events";
import { passesPatterns } from "./filter-pattern.ts";
import { type DispatchInput, readDispatchInputs } from "./dispatch-inputs.ts";
import type { TemplateFile } from "./read-template.ts";
import { property, type TemplateToken } from "./tokens.ts";

/** The filters of one event in `on:`. An absent list filters nothing. */
export interface EventFilters {
  readonly branches?: readonly string[];
  readonly "branches-ignore"?: readonly string[];
  readonly tags?: readonly string[];
  readonly "tags-ignore"?: readonly string[];
  readonly paths?: readonly string[];
  readonly "paths-ignore"?: readonly string[];
  readonly types?: readonly string[];
}

/** What starts a workflow. */
export interface EventTriggers {
  readonly events: ReadonlyMap<string, EventFilters>;
  readonly crons: readonly string[];
  /** The inputs of `workflow_dispatch`, in the order of the file. */
  readonly dispatchInputs: readonly DispatchInput[];
}

/** What happened in a repository, as far as filters look at it. */
export interface HappenedEvent {
  readonly name: string;
  /** The full reference, such as `refs/heads/main`. */
  readonly ref: string;
  /** For pull requests: the branch they go into; filters look at it instead of `ref`. */
  readonly baseRef: string;
  readonly action: string | undefined;
  readonly changedPaths: readonly string[];
}

export function readTriggers(file: TemplateFile, on: TemplateToken): EventTriggers {
  const config = convertOn(file.context, on);
  const events = new Map<string, EventFilters>();
  for (const [name, filters] of Object.entries(config)) {
    events.set(name, name === "schedule" ? {} : ((filters ?? {}) as EventFilters));
  }
  return {
    events,
    // \`on: schedule\` without a list is accepted and has no times.
    crons: Array.isArray(config.schedule) ? config.schedule.map((entry) => entry.cron) : [],
    dispatchInputs: readDispatchInputs(property(property(on, "workflow_dispatch"), "inputs")),
  };
}

// Without `types`, these events start a workflow for the listed activities only.
const defaultTypes: Readonly<Record<string, readonly string[]>> = {
  pull_request: ["opened", "synchronize", "reopened"],
  pull_request_target: ["opened", "synchronize", "reopened"],
};

/** Why the workflow does not run for this event; undefined when it does. */
export function whyNotTriggered(triggers: EventTriggers, event: HappenedEvent): string | undefined {
  const filters = triggers.events.get(event.name);
  if (filters === undefined) return `it does not listen to ${event.name}`;
  const types = filters.types ?? defaultTypes[event.name];
  if (types !== undefined && event.action !== undefined && !types.includes(event.action)) {
    return `it does not listen to the activity ${event.action}`;
  }
  return event.name === "push" ? whyNotPush(filters, event) : whyNotBranch(filters, event);
}

function whyNotPush(filters: EventFilters, event: HappenedEvent): string | undefined {
  const tag = withoutPrefix(event.ref, "refs/tags/");
  const filtersBranches = filters.branches !== undefined || filters["branches-ignore"] !== undefined;
  const filtersTags = filters.tags !== undefined || filters["tags-ignore"] !== undefined;
  if (tag !== undefined) {
    if (!filtersTags && filtersBranches) return "it listens to branches only, and this is a tag";
    // Path filters are not looked at for tags.
    return whyNotNamed("tag", tag, filters.tags, filters["tags-ignore"]);
  }
  if (!filtersBranches && filtersTags) return "it listens to tags only, and this is a branch";
  const branch = withoutPrefix(event.ref, "refs/heads/") ?? event.ref;
  return whyNotNamed("branch", branch, filters.branches, filters["branches-ignore"]) ?? whyNotPaths(filters, event);
}

function whyNotBranch(filters: EventFilters, event: HappenedEvent): string | undefined {
  const branch = event.baseRef === "" ? (withoutPrefix(event.ref, "refs/heads/") ?? event.ref) : event.baseRef;
  return whyNotNamed("branch", branch, filters.branches, filters["branches-ignore"]) ?? whyNotPaths(filters, event);
}

function whyNotNamed(
  what: string,
  name: string,
  wanted: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
): string | undefined {
  if (wanted !== undefined && !passesPatterns(wanted, name)) return `the ${what} ${name} does not pass its filter`;
  if (ignored !== undefined && passesPatterns(ignored, name)) return `the ${what} ${name} is ignored by its filter`;
  return undefined;
}

function whyNotPaths(filters: EventFilters, event: HappenedEvent): string | undefined {
  const { paths, "paths-ignore": ignored } = filters;
  if (paths !== undefined && !event.changedPaths.some((path) => passesPatterns(paths, path))) {
    return "no changed path passes its filter";
  }
  if (ignored !== undefined && event.changedPaths.every((path) => passesPatterns(ignored, path))) {
    return "its filter ignores every changed path";
  }
  return undefined;
}

function withoutPrefix(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
