import type { RunView } from "./run-views.ts";

/** The filters of GitHub's list of runs that say something about a run here. `status` also takes a conclusion. */
export function passesFilters(run: RunView, query: URLSearchParams): boolean {
  const status = query.get("status");
  if (status !== null && run.status !== status && run.conclusion !== status) return false;
  const pairs: readonly (readonly [string, string])[] = [
    ["event", run.event],
    ["branch", run.branch],
    ["actor", run.actor],
    ["head_sha", run.sha],
  ];
  if (!pairs.every(([name, value]) => (query.get(name) ?? value) === value)) return false;
  const created = query.get("created");
  return created === null || isCreatedIn(run.createdAtMs, created);
}

/** GitHub's search syntax for instants, as far as one bound or a range goes. What cannot be read filters nothing. */
function isCreatedIn(createdAtMs: number, range: string): boolean {
  const between = /^(\S+?)\.\.(\S+)$/.exec(range);
  if (between !== null) {
    return bound(between[1], createdAtMs, (a, b) => a >= b) && bound(between[2], createdAtMs, (a, b) => a <= b);
  }
  const [, operator = "", instant] = /^(>=|<=|>|<)?(\S+)$/.exec(range) ?? [];
  switch (operator) {
    case ">=":
      return bound(instant, createdAtMs, (a, b) => a >= b);
    case ">":
      return bound(instant, createdAtMs, (a, b) => a > b);
    case "<=":
      return bound(instant, createdAtMs, (a, b) => a <= b);
    case "<":
      return bound(instant, createdAtMs, (a, b) => a < b);
    default:
      return bound(instant, createdAtMs, (a, b) => a >= b && a < b + 86_400_000);
  }
}

function bound(instant: string | undefined, value: number, holds: (value: number, bound: number) => boolean): boolean {
  const parsed = instant === undefined || instant === "*" ? Number.NaN : Date.parse(instant);
  return Number.isNaN(parsed) || holds(value, parsed);
}
