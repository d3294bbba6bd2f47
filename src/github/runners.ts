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
