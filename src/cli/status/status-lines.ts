import type { BudgetView, Overview, PoolView } from "../../core/ports/read-model.ts";
import { span, type Line } from "../terminal/line.ts";
import { tableLines, type TableColumn } from "../terminal/table-lines.ts";
import { wrapLine } from "../terminal/wrap-line.ts";
import { span as timeSpan } from "../time-text.ts";

/** The space there is; without bounds everything is shown, each note on one line. */
export interface StatusSpace {
  readonly columns: number;
  readonly rows: number;
}

const columns: readonly TableColumn[] = [
  { title: "POOL" },
  { title: "SCOPE", dispensable: 6 },
  { title: "STATE", dispensable: 2 },
  { title: "DEMAND", align: "right" },
  { title: "WANTED", align: "right", dispensable: 3 },
  { title: "MAX", align: "right" },
  { title: "STARTING", align: "right", dispensable: 4 },
  { title: "IDLE", align: "right" },
  { title: "BUSY", align: "right" },
  { title: "ENDING", align: "right", dispensable: 5 },
  { title: "SOURCE", dispensable: 1 },
];

/** What `drover status` shows. Where not everything fits the pools give way: what is wrong must be seen. */
export function statusLines(
  overview: Overview,
  pools: readonly PoolView[],
  nowMs: number,
  space: StatusSpace = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY },
): readonly Line[] {
  const { installation, ready, startedAtMs } = overview;
  const head: Line = [
    span(installation, "bold"),
    span("  "),
    ready ? span("ready", "good") : span("starting", "warning"),
    span(`, up ${timeSpan(nowMs - startedAtMs)}`),
  ];
  const notes = notesOf(overview, pools, nowMs).flatMap((note) => wrapLine(note, space.columns, 2));
  const shownNotes = shortened(notes, Math.max(3, Math.floor(space.rows / 2)), "lines");
  const table = tableLines(columns, pools.map(row), space.columns);
  const [titles = [], ...rows] = table;
  const room = Math.max(1, space.rows - shownNotes.length - 4);
  return [head, [], titles, ...shortened(rows, room, "pools"), [], ...shownNotes];
}

function row(pool: PoolView) {
  const { state, source, counts } = pool;
  return [
    pool.name,
    pool.scope,
    state === "active" ? state : span(state, "warning"),
    String(pool.demand.served),
    String(pool.wanted),
    String(pool.size.max),
    ...(["starting", "idle", "busy", "ending"] as const).map((phase) => String(counts[phase])),
    span(source.state, source.state === "connected" ? "good" : "warning"),
  ];
}

function notesOf(overview: Overview, pools: readonly PoolView[], nowMs: number): readonly Line[] {
  const { problems, budgets = [] } = overview;
  // The line about the launches that wait says more.
  const isTold = new Set(pools.filter(({ hold }) => hold !== undefined).map(({ name }) => name));
  const untold = problems.filter(({ pool = "", code }) => code !== "launches-held" || !isTold.has(pool));
  const wrong: Line[] = untold.map(({ pool, message, sinceMs }) => [
    span("!", "bad"),
    span(` ${pool === undefined ? "" : `${pool}: `}${message} `),
    span(`(for ${timeSpan(nowMs - sinceMs)})`, "dim"),
  ]);
  const held: Line[] = pools.flatMap(({ name, hold }) =>
    hold === undefined
      ? []
      : [[span("~", "warning"), span(` ${name}: launches wait ${timeSpan(hold.untilMs - nowMs)}: ${hold.reason}`)]],
  );
  const trouble = [...wrong, ...held];
  const calm: Line[] = trouble.length === 0 ? [[span("Nothing is wrong.", "dim")]] : [];
  return [...trouble, ...calm, ...budgets.flatMap((budget) => budgetLine(budget, nowMs))];
}

/** What a credential may still ask of GitHub; nothing before GitHub has said so. */
function budgetLine(budget: BudgetView, nowMs: number): readonly Line[] {
  const { credential, account, resources, heldUntilMs, waiting } = budget;
  const now = resources.filter(({ resetAtMs }) => resetAtMs > nowMs);
  const parts = now.map(
    ({ resource, remaining, limit, resetAtMs }) =>
      `${resource} ${remaining} of ${limit} left, anew in ${timeSpan(resetAtMs - nowMs)}`,
  );
  if (heldUntilMs !== undefined) parts.push(`GitHub asked for a pause of ${timeSpan(heldUntilMs - nowMs)}`);
  if (waiting > 0) parts.push(`${waiting} ${waiting === 1 ? "call waits" : "calls wait"}`);
  const isShort = heldUntilMs !== undefined || waiting > 0 || now.some(({ remaining }) => remaining === 0);
  const text = `GitHub's limits for ${credential}${account === undefined ? "" : ` at ${account}`}: ${parts.join("; ")}`;
  return parts.length === 0 ? [] : [isShort ? [span("~", "warning"), span(` ${text}`)] : [span(text, "dim")]];
}

function shortened(lines: readonly Line[], room: number, what: string): readonly Line[] {
  if (lines.length <= room) return lines;
  const kept = Math.max(0, room - 1);
  return [...lines.slice(0, kept), [span(`… and ${lines.length - kept} more ${what}`, "dim")]];
}
