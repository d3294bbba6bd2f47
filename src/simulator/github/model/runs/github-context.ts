import type { ValueRecord } from "../../workflow/value.ts";
import { stableId } from "./event-payload.ts";
import { refName, refType } from "./run-event.ts";
import type { Run } from "./run.ts";

/**
 * The `github` context of an attempt, without `job` and without what the runner adds. Ids and numbers are texts, as GitHub
 * sends them.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/contexts#github-context
 */
export function githubContext(run: Run, serverUrl: string): ValueRecord {
  const { event, repository, workflow } = run;
  const owner = repository.split("/")[0] ?? "";
  return {
    ref: event.ref,
    sha: event.sha,
    repository,
    repository_owner: owner,
    repository_owner_id: String(stableId(owner)),
    repositoryUrl: `git://${serverUrl.replace(/^https?:\/\//u, "")}/${repository}.git`,
    run_id: String(run.id),
    run_number: String(run.number),
    retention_days: "90",
    run_attempt: String(run.attempt),
    repository_visibility: "private",
    repository_id: String(stableId(repository)),
    actor_id: String(stableId(event.actor)),
    actor: event.actor,
    triggering_actor: event.actor,
    workflow: workflow.name,
    head_ref: event.headRef,
    base_ref: event.baseRef,
    event_name: event.name,
    event: event.payload,
    server_url: serverUrl,
    api_url: `${serverUrl}/api/v3`,
    graphql_url: `${serverUrl}/api/graphql`,
    ref_name: refName(event.ref),
    ref_protected: false,
    ref_type: refType(event.ref),
    secret_source: "Actions",
    workflow_ref: `${repository}/${workflow.path}@${event.ref}`,
    workflow_sha: event.sha,
  };
}
