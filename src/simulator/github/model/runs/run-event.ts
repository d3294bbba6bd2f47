import type { ValueRecord } from "../../workflow/value.ts";

/** What happened in the repository and started a run. */
export interface RunEvent {
  readonly name: string;
  /** The full reference, such as `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  readonly actor: string;
  /** Source and target branch of a pull request; empty otherwise. */
  readonly headRef: string;
  readonly baseRef: string;
  /** `github.event`. */
  readonly payload: ValueRecord;
  /** The `inputs` context; undefined when the event has none. */
  readonly inputs: ValueRecord | undefined;
}

/** `main` for `refs/heads/main`, `v1` for `refs/tags/v1`, `7/merge` for `refs/pull/7/merge`. */
export function refName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags|pull)\//u, "");
}

export function refType(ref: string): "branch" | "tag" {
  return ref.startsWith("refs/tags/") ? "tag" : "branch";
}
