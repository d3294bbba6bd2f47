import { unevaluatedJobName } from "../../workflow/display-name.ts";
import { literalText, property, SequenceToken } from "../../workflow/tokens.ts";
import type { JobDefinition } from "../../workflow/workflow.ts";
import type { JobNode, JobRow, Run } from "./run.ts";

/** Makes a row of the truth for a node. */
export type NewRow = (node: JobNode) => JobRow;

/** Sets the run up so that every job runs. */
export function planAll(run: Run, newRow: NewRow): void {
  const nodes = new Map(run.workflow.jobs.map((definition) => [definition.id, emptyNode(run, definition)]));
  run.nodes = nodes;
  for (const node of nodes.values()) node.openNeeds = node.definition.needs.length;
  link(nodes);
  run.openNodes = nodes.size;
  for (const node of nodes.values()) node.rows = [newRow(node)];
}

/**
 * Sets the run up so that what failed or was cancelled runs again, and all that depends on it. Other jobs keep their rows,
 * results and outputs.
 *
 * @see https://docs.github.com/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
 * @returns false: nothing failed, nothing was changed.
 */
export function planFailed(run: Run, newRow: NewRow): boolean {
  const before = run.nodes;
  const failed = new Set([...before.values()].filter((node) => node.rows.some(isUnsuccessful)).map(idOf));
  if (failed.size === 0) return false;
  const again = [...before.values()].filter(
    ({ definition }) => failed.has(definition.id) || definition.ancestors.some((id) => failed.has(id)),
  );
  const againIds = new Set(again.map(idOf));
  const nodes = new Map(run.workflow.jobs.map((definition) => [definition.id, emptyNode(run, definition)]));
  for (const node of nodes.values()) {
    const earlier = before.get(node.definition.id);
    if (!againIds.has(node.definition.id)) keep(node, earlier);
    else planAgain(node, earlier, againIds);
  }
  run.nodes = nodes;
  link(nodes);
  run.openNodes = again.length;
  for (const node of nodes.values()) {
    if (againIds.has(node.definition.id)) node.rows = [...node.rows, newRow(node)];
  }
  return true;
}

function keep(node: JobNode, earlier: JobNode | undefined): void {
  node.rows = earlier?.rows ?? [];
  node.result = earlier?.result;
  node.outputs = earlier?.outputs ?? {};
  node.strategy = earlier?.strategy;
}

function planAgain(node: JobNode, earlier: JobNode | undefined, againIds: ReadonlySet<string>): void {
  node.openNeeds = node.definition.needs.filter((id) => againIds.has(id)).length;
  // A job whose needs run again is decided anew. Else only those of its matrix that failed run again.
  if (node.openNeeds > 0 || earlier?.strategy === undefined) return;
  node.again = earlier.rows.filter(isUnsuccessful);
  node.rows = earlier.rows.filter((row) => !isUnsuccessful(row));
  for (const row of node.rows) Object.assign(node.outputs, row.outputs);
}

function isUnsuccessful(row: JobRow): boolean {
  return row.conclusion === "failure" || row.conclusion === "cancelled";
}

function idOf(node: JobNode): string {
  return node.definition.id;
}

function link(nodes: ReadonlyMap<string, JobNode>): void {
  for (const node of nodes.values()) {
    for (const id of node.definition.needs) nodes.get(id)?.dependents.push(node);
  }
}

function emptyNode(run: Run, definition: JobDefinition): JobNode {
  return {
    run,
    definition,
    dependents: [],
    rows: [],
    again: undefined,
    openNeeds: 0,
    openRows: 0,
    held: [],
    active: new Set(),
    strategy: undefined,
    failFastDone: false,
    result: undefined,
    outputs: {},
  };
}

/** A row that knows nothing but its job. */
export function emptyRow(
  node: JobNode,
  ids: { readonly jobId: string; readonly restJobId: number },
  nowMs: number,
): JobRow {
  return {
    ...ids,
    attempt: node.run.attempt,
    node,
    createdAtMs: nowMs,
    name: unevaluatedJobName(node.definition.id, node.definition.name),
    labels: literalLabels(node.definition),
    runnerGroup: undefined,
    timeoutMinutes: 0,
    continueOnError: false,
    matrix: null,
    strategy: {},
    environment: undefined,
    needs: {},
    status: "waiting",
    conclusion: null,
    problem: undefined,
    runner: null,
    queuedAtMs: undefined,
    assignedAtMs: undefined,
    startedAtMs: undefined,
    completedAtMs: undefined,
    cancelAsked: false,
    deadline: undefined,
    outputs: {},
    stepIds: [],
    steps: [],
    claim: undefined,
  };
}

/** The labels as far as they are known before the job's turn comes. */
function literalLabels({ runsOn }: JobDefinition): readonly string[] {
  const labels = property(runsOn, "labels") ?? runsOn;
  const tokens = labels instanceof SequenceToken ? [...labels] : labels === undefined ? [] : [labels];
  return tokens.map(literalText).filter((text) => text !== undefined);
}
