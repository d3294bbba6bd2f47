import { checkCredential } from "./credential-check.ts";
import { ListIncompleteError, UnreadableAnswerError } from "./errors.ts";
import type { RestAnswer, RestClient } from "./rest-client.ts";
import type { Scope } from "./scope.ts";

/** A runner as GitHub's REST API lists it. */
export interface ListedRunner {
  readonly id: number;
  readonly name: string;
  readonly online: boolean;
  /** One witness: late and sometimes wrong (platform faults F1, F2). */
  readonly busy: boolean;
  readonly labels: readonly string[];
}

interface CallOptions {
  readonly signal: AbortSignal;
}

/** A list that does not add up is read this often before it is refused. */
const readingMax = 3;

/**
 * Every runner of the scope, or a rejection. Pages shift while they are read when runners come and go, so the entries are
 * counted against GitHub's own total.
 *
 * @throws {ListIncompleteError} entries were missing at every reading.
 */
export async function listRunners(
  rest: RestClient,
  scope: Scope,
  options: CallOptions,
): Promise<readonly ListedRunner[]> {
  const path = `${scope.restPath}/actions/runners`;
  for (let reading = 1; ; reading += 1) {
    const pages = (await rest.pages(`${path}?per_page=100`, options)).map((answer) => readPage(path, answer));
    const runners = new Map(pages.flatMap((page) => page.runners).map((runner) => [runner.id, runner]));
    const totalCount = Math.min(...pages.map((page) => page.totalCount));
    if (runners.size >= totalCount) return [...runners.values()];
    if (reading >= readingMax) throw new ListIncompleteError(path, runners.size, totalCount);
  }
}

/** The runner of that name; undefined when there is none. Stronger than its absence from a list (F17). */
export async function findRunner(
  rest: RestClient,
  scope: Scope,
  name: string,
  options: CallOptions,
): Promise<ListedRunner | undefined> {
  const path = `${scope.restPath}/actions/runners`;
  const pages = await rest.pages(`${path}?name=${encodeURIComponent(name)}&per_page=100`, options);
  // Servers that do not know the parameter answer with everybody.
  return pages.flatMap((answer) => readPage(path, answer).runners).find((runner) => runner.name === name);
}

/**
 * Takes a registration away. `job-running` is GitHub's refusal, which protects the job; one that is gone is success.
 *
 * @throws {NotFoundError} the scope itself is not visible to the credential, so nothing is known of the runner.
 */
export async function deleteRunner(
  rest: RestClient,
  scope: Scope,
  runnerId: number,
  options: CallOptions,
): Promise<"gone" | "job-running"> {
  const path = `${scope.restPath}/actions/runners/${runnerId}`;
  const answer = await rest.call({ method: "DELETE", path, expected: [204, 404, 422] }, options);
  if (answer.status === 422) return "job-running";
  // GitHub also answers 404 to a credential that has lost its rights. Then the runner may well be there, with a job.
  if (answer.status === 404) await checkCredential(rest, scope, options);
  return "gone";
}

function readPage(
  path: string,
  answer: RestAnswer,
): { readonly totalCount: number; readonly runners: readonly ListedRunner[] } {
  const { total_count: totalCount, runners } = (answer.json ?? {}) as {
    readonly total_count?: unknown;
    readonly runners?: unknown;
  };
  if (typeof totalCount !== "number" || !Array.isArray(runners)) {
    throw new UnreadableAnswerError(path, "total_count or runners is missing");
  }
  return { totalCount, runners: runners.map((entry: unknown) => readRunner(path, entry)) };
}

function readRunner(path: string, entry: unknown): ListedRunner {
  const { id, name, status, busy, labels } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(id) || typeof name !== "string") {
    throw new UnreadableAnswerError(path, "a runner has no id or no name");
  }
  return {
    id: id as number,
    name,
    online: status === "online",
    busy: busy === true,
    labels: Array.isArray(labels)
      ? labels.flatMap((label: unknown) => (label as { readonly name?: unknown } | null)?.name ?? []).filter(isText)
      : [],
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
