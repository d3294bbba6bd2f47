import type { HappenedEvent } from "../../workflow/event-triggers.ts";
import type { PushedFile } from "../../workflow/pushed-files.ts";
import type { ValueRecord } from "../../workflow/value.ts";
import type { Workflow } from "../../workflow/workflow.ts";
import type { WorkflowError } from "../../workflow/workflow-error.ts";
import { type ModelRandom, randomHex } from "../time-and-chance.ts";
import type { BranchHeads } from "./branch-heads.ts";
import type { Run } from "./run.ts";
import type { RunEffect } from "./run-effect.ts";
import type { RunEvent } from "./run-event.ts";

/** Something happened in a repository, with the files that lie in it. */
export interface Push {
  /** Owner and name. */
  readonly repository: string;
  readonly files: readonly PushedFile[];
  /** Default `push`. */
  readonly event?: string | undefined;
  /** For `workflow_dispatch`. */
  readonly inputs?: Readonly<Record<string, string>> | undefined;
  readonly actor?: string | undefined;
  readonly sha?: string | undefined;
  /** Full reference or a branch name; default `refs/heads/main`. */
  readonly ref?: string | undefined;
  /** What path filters look at; default: the paths of the files. */
  readonly changedPaths?: readonly string[] | undefined;
  /** The commit's message, or the pull request's title. */
  readonly message?: string | undefined;
  /** Members of `github.event` that take the place of the usual ones. */
  readonly payload?: ValueRecord | undefined;
}

export interface PushedRun {
  readonly id: number;
  readonly workflow: string;
  readonly path: string;
  readonly title: string;
  readonly jobs: readonly { readonly id: string; readonly name: string }[];
}

/** What became of a push: runs for the files that are right and listen, errors for those that are wrong. */
export interface PushResult {
  readonly runs: readonly PushedRun[];
  readonly errors: readonly WorkflowError[];
  /** Files that are right but do not run for this event. */
  readonly ignored: readonly { readonly file: string; readonly reason: string }[];
  readonly effects: readonly RunEffect[];
}

export type EventFacts = HappenedEvent &
  Pick<RunEvent, "sha" | "actor" | "headRef"> & {
    /** Where the reference stood before a push; undefined for a new one. */
    readonly before: string | undefined;
  };

/** What a push tells about its event, with what it leaves out filled in. */
export function eventFacts(
  push: Push,
  paths: readonly string[],
  { random, heads }: { readonly random: ModelRandom; readonly heads: BranchHeads },
): EventFacts {
  const name = push.event ?? "push";
  const pullRequest = name.startsWith("pull_request");
  const ref = pullRequest ? "refs/pull/1/merge" : fullRef(push.ref ?? "refs/heads/main");
  const sha = push.sha ?? randomHex(random, 40);
  const payload = push.payload ?? {};
  const action = payload["action"];
  return {
    name,
    ref,
    sha,
    before: name === "push" ? heads.move(push.repository, ref, sha) : undefined,
    actor: push.actor ?? "octocat",
    headRef: pullRequest ? "feature" : "",
    baseRef: pullRequest ? (push.ref ?? "main").replace(/^refs\/heads\//u, "") : "",
    action: typeof action === "string" ? action : pullRequest ? "opened" : undefined,
    changedPaths: push.changedPaths ?? paths,
  };
}

/** Inputs that only another workflow of the same push declares are not held against this one. */
export function ownInputs(
  push: Push,
  workflow: Workflow,
  triggered: readonly Workflow[],
): Readonly<Record<string, string>> {
  const declaredBy = (each: Workflow) => new Set(each.triggers.dispatchInputs.map((input) => input.name.toLowerCase()));
  const own = declaredBy(workflow);
  const others = triggered.filter((each) => each !== workflow).map(declaredBy);
  return Object.fromEntries(
    Object.entries(push.inputs ?? {}).filter(
      ([name]) => own.has(name.toLowerCase()) || !others.some((names) => names.has(name.toLowerCase())),
    ),
  );
}

/** A run as the answer to its push shows it. */
export function pushedRun(run: Run): PushedRun {
  const rows = [...run.nodes.values()].flatMap((node) => node.rows);
  return {
    id: run.id,
    workflow: run.workflow.name,
    path: run.workflow.path,
    title: run.title,
    jobs: rows.map(({ jobId, name }) => ({ id: jobId, name })),
  };
}

function fullRef(ref: string): string {
  return ref.startsWith("refs/") ? ref : `refs/heads/${ref}`;
}
