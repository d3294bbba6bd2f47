import type { ValueRecord } from "../../workflow/value.ts";

/** What a payload is made from. */
export interface PayloadFacts {
  readonly event: string;
  readonly repository: string;
  readonly repositoryId: number;
  readonly ref: string;
  readonly sha: string;
  /** Where the reference stood before the push; undefined for a new one. */
  readonly before: string | undefined;
  readonly actor: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly serverUrl: string;
  readonly workflowPath: string;
  readonly dispatchedInputs: ValueRecord;
  readonly cron: string | undefined;
  readonly message: string;
  readonly atMs: number;
}

const nothing = "0".repeat(40);

/**
 * `github.event` as GitHub's webhook of that name has it, reduced to the members that workflows commonly read.
 *
 * @see https://docs.github.com/webhooks/webhook-events-and-payloads
 * @see https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#push
 */
export function eventPayload(facts: PayloadFacts): ValueRecord {
  const common = { repository: repository(facts), sender: user(facts, facts.actor) };
  switch (facts.event) {
    case "push":
      return { ...push(facts), ...common };
    case "workflow_dispatch":
      return { inputs: facts.dispatchedInputs, ref: facts.ref, workflow: facts.workflowPath, ...common };
    case "schedule":
      return { schedule: facts.cron ?? "", ...common, workflow: facts.workflowPath };
    case "pull_request":
    case "pull_request_target":
      return { action: "opened", number: 1, pull_request: pullRequest(facts), ...common };
    case "repository_dispatch":
      return { action: "dispatch", branch: "main", client_payload: {}, ...common };
    default:
      return common;
  }
}

function push(facts: PayloadFacts): ValueRecord {
  const person = { name: facts.actor, email: `${facts.actor}@users.noreply.github.com`, username: facts.actor };
  const commit = {
    id: facts.sha,
    tree_id: facts.sha,
    distinct: true,
    message: facts.message,
    timestamp: new Date(facts.atMs).toISOString().replace(/\.\d+Z$/u, "Z"),
    url: `${facts.serverUrl}/${facts.repository}/commit/${facts.sha}`,
    author: person,
    committer: person,
    // No added, removed and modified: Actions gets this payload without them.
  };
  const span = [facts.before, facts.sha].flatMap((sha) => (sha === undefined ? [] : [sha.slice(0, 12)])).join("...");
  return {
    ref: facts.ref,
    before: facts.before ?? nothing,
    after: facts.sha,
    base_ref: null,
    compare: `${facts.serverUrl}/${facts.repository}/compare/${span}`,
    created: facts.before === undefined,
    deleted: false,
    forced: false,
    commits: [commit],
    head_commit: commit,
    pusher: { name: person.name, email: person.email },
  };
}

function pullRequest(facts: PayloadFacts): ValueRecord {
  const side = (ref: string) => ({
    label: `${facts.repository.split("/")[0] ?? ""}:${ref}`,
    ref,
    sha: facts.sha,
    user: user(facts, facts.actor),
    repo: repository(facts),
  });
  return {
    number: 1,
    state: "open",
    title: facts.message,
    body: "",
    draft: false,
    merged: false,
    labels: [],
    html_url: `${facts.serverUrl}/${facts.repository}/pull/1`,
    user: user(facts, facts.actor),
    head: side(facts.headRef),
    base: side(facts.baseRef),
  };
}

function repository(facts: PayloadFacts): ValueRecord {
  const [owner = "", name = ""] = facts.repository.split("/");
  return {
    id: facts.repositoryId,
    name,
    full_name: facts.repository,
    private: true,
    owner: { ...user(facts, owner), name: owner, type: "Organization" },
    html_url: `${facts.serverUrl}/${facts.repository}`,
    clone_url: `${facts.serverUrl}/${facts.repository}.git`,
    description: null,
    fork: false,
    default_branch: "main",
    master_branch: "main",
    visibility: "private",
  };
}

function user(facts: PayloadFacts, login: string): ValueRecord {
  return { login, id: stableId(login), type: "User", html_url: `${facts.serverUrl}/${login}`, site_admin: false };
}

/** A positive integer that is the same for the same name each time. */
export function stableId(name: string): number {
  let hash = 2_166_136_261;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return (hash % 900_000_000) + 1_000;
}
