import { lineWidth, span, spread, type Line, type Style } from "../terminal/line.ts";
import { bar, shares } from "../terminal/span-bar.ts";
import { fit, textWidth, truncate } from "../terminal/text-width.ts";
import { durationText } from "../terminal/time-text.ts";
import { isOver, type JobState, type Picture, type PicturedJob, type PicturedPool } from "./picture.ts";

export interface ViewSize {
  readonly columns: number;
  /** Lines the view may take; Infinity shows every job. */
  readonly rows: number;
}

const looks: Readonly<Record<JobState, { readonly icon: string; readonly style: Style }>> = {
  blocked: { icon: "·", style: "dim" },
  waiting: { icon: "○", style: "dim" },
  running: { icon: "●", style: "active" },
  succeeded: { icon: "✓", style: "good" },
  failed: { icon: "✗", style: "bad" },
  cancelled: { icon: "■", style: "warning" },
  skipped: { icon: "-", style: "dim" },
};
const waitingGlyph = "─";
const runningGlyph = "━";
const leastScaleMs = 10_000;

/** The whole picture in at most `rows` lines: headline, jobs, runners of each pool, the timeline of each job, the time axis. */
export function demoView(picture: Picture, size: ViewSize): Line[] {
  const head = [headline(picture, size.columns), [], jobsLine(picture, size.columns), ...poolLines(picture), []];
  if (picture.jobs.length === 0) return head;
  const room = Math.max(3, size.rows - head.length - 1);
  const { shown, hidden } = choose(picture.jobs, room);
  const grid = gridOf(picture, size.columns);
  return [
    ...head,
    ...shown.map((job) => jobLine(job, picture, grid)),
    ...(hidden === undefined ? [] : [[span(`     ${hidden}`, "dim")]]),
    axisLine(grid),
  ];
}

function headline({ act, beganAtMs, nowMs }: Picture, columns: number): Line {
  const clock = [span(durationText(nowMs - beganAtMs), "bold")];
  const title = [span(" Drover demo", "title"), span("  ")];
  const left = [...title, span(truncate(act, columns - lineWidth(title) - lineWidth(clock) - 2), "dim")];
  return spread(left, clock, columns);
}

function jobsLine({ jobs }: Picture, columns: number): Line {
  const count = (...states: readonly JobState[]) => jobs.filter((job) => states.includes(job.state)).length;
  const done = count("succeeded", "failed", "cancelled", "skipped");
  const words = [
    span(`${done} done`, done > 0 ? "good" : "dim"),
    span("   "),
    span(`${count("running")} running`, count("running") > 0 ? "active" : "dim"),
    span("   "),
    span(`${count("waiting")} queued`, "plain"),
    span("   "),
    span(`${count("blocked")} to come`, "dim"),
  ];
  const width = Math.max(8, Math.min(60, columns - 10 - lineWidth(words) - 3));
  const parts = shares(
    [
      { count: count("succeeded"), glyph: "█", style: "good" },
      { count: count("failed"), glyph: "█", style: "bad" },
      { count: count("cancelled", "skipped"), glyph: "█", style: "warning" },
      { count: count("running"), glyph: "▓", style: "active" },
      { count: count("waiting"), glyph: "▒", style: "plain" },
      { count: count("blocked"), glyph: "░", style: "dim" },
    ],
    width,
  );
  return [span(" Jobs     ", "bold"), ...parts, span("   "), ...words];
}

function poolLines({ pools, runners }: Picture): Line[] {
  const names = Math.max(...pools.map(({ name }) => textWidth(name)), 7) + 1;
  const dots = Math.max(...pools.map(({ max }) => max)) + 2;
  return pools.map((pool, index) => [
    span(` ${fit(pool.name, names)} `, "bold"),
    ...poolDots(pool, dots),
    span(`${pool.working} at work`, pool.working > 0 ? "active" : "dim"),
    span(`   ${pool.ready} starting or idle   at most ${pool.max}`, "dim"),
    ...(index === 0 ? [span(`   ${runners.made} made, ${runners.gone} gone`, "dim")] : []),
  ]);
}

function poolDots({ working, ready, max }: PicturedPool, width: number): Line {
  const places = Math.max(0, max - working - ready);
  return [
    span("●".repeat(working), "active"),
    span("○".repeat(ready), "plain"),
    span("·".repeat(places), "dim"),
    span(" ".repeat(Math.max(1, width - working - ready - places))),
  ];
}

/**
 * Which jobs are shown where there is no room for all: those that run, the latest that ended, the next in the queue; and the
 * sentence about the rest. Jobs that wait for other jobs are only counted. Ordered by their start, so that a row, once it
 * runs, stays above those that start later.
 */
function choose(
  jobs: readonly PicturedJob[],
  room: number,
): { readonly shown: readonly PicturedJob[]; readonly hidden: string | undefined } {
  const starting = (job: PicturedJob) => job.startedAtMs ?? job.completedAtMs ?? Infinity;
  const running = jobs.filter((job) => job.state === "running");
  const over = jobs.filter(isOver).sort((a, b) => (a.completedAtMs ?? 0) - (b.completedAtMs ?? 0));
  const waiting = jobs
    .filter((job) => job.state === "waiting")
    .sort((a, b) => (a.queuedAtMs ?? Infinity) - (b.queuedAtMs ?? Infinity));
  const blocked = jobs.filter((job) => job.state === "blocked");
  const all = running.length + over.length + waiting.length;
  const places = all <= room && blocked.length === 0 ? room : room - 1;
  const runningShown = running.slice(0, places);
  const forNext = Math.min(waiting.length, Math.max(places - runningShown.length - over.length, 4));
  const overShown = over.slice(Math.max(0, over.length - Math.max(0, places - runningShown.length - forNext)));
  const waitingShown = waiting.slice(0, Math.max(0, places - runningShown.length - overShown.length));
  const rest = [
    [over.length - overShown.length, "done"],
    [running.length - runningShown.length, "running"],
    [waiting.length - waitingShown.length, "queued"],
    [blocked.length, "waiting for other jobs"],
  ] as const;
  const words = rest.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return {
    shown: [...[...overShown, ...runningShown].sort((a, b) => starting(a) - starting(b)), ...waitingShown],
    hidden: words.length === 0 ? undefined : `and ${words.join(", ")}`,
  };
}

interface Grid {
  readonly nameColumns: number;
  readonly runnerColumns: number;
  readonly barColumns: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const iconColumns = 3;
const timeColumns = 8;

function gridOf({ jobs, nowMs }: Picture, columns: number): Grid {
  const longest = Math.max(...jobs.map((job) => textWidth(job.label)));
  const longestRunner = Math.max(0, ...jobs.map((job) => textWidth(job.runner ?? "")));
  const runnerColumns = columns >= 120 ? Math.min(28, longestRunner + 2) : 0;
  const nameColumns = Math.min(longest, Math.max(16, Math.floor(columns * 0.38))) + 1;
  const queued = jobs.map((job) => job.queuedAtMs).filter((ms) => ms !== undefined);
  const fromMs = queued.length === 0 ? nowMs : Math.min(...queued);
  const isEnded = jobs.every(isOver);
  const lastMs = isEnded ? Math.max(...jobs.map((job) => job.completedAtMs ?? fromMs)) : nowMs;
  return {
    nameColumns,
    runnerColumns,
    barColumns: Math.max(4, columns - iconColumns - nameColumns - runnerColumns - timeColumns),
    fromMs,
    toMs: Math.max(lastMs, fromMs + leastScaleMs),
  };
}

function jobLine(job: PicturedJob, { nowMs }: Picture, grid: Grid): Line {
  const { icon, style } = looks[job.state];
  const { queuedAtMs, startedAtMs, completedAtMs } = job;
  const endMs = completedAtMs ?? nowMs;
  const stretches = [
    ...(queuedAtMs === undefined || queuedAtMs >= (startedAtMs ?? endMs)
      ? []
      : [{ fromMs: queuedAtMs, toMs: startedAtMs ?? endMs, glyph: waitingGlyph, style: "dim" as const }]),
    ...(startedAtMs === undefined ? [] : [{ fromMs: startedAtMs, toMs: endMs, glyph: runningGlyph, style }]),
  ];
  const tookMs = startedAtMs === undefined ? undefined : endMs - startedAtMs;
  return [
    span(` ${icon} `, style),
    span(fit(job.label, grid.nameColumns - 1), job.state === "waiting" ? "dim" : "plain"),
    span(" "),
    ...(grid.runnerColumns === 0 ? [] : [span(fit(job.runner ?? "", grid.runnerColumns), "dim")]),
    ...bar(stretches, { fromMs: grid.fromMs, toMs: grid.toMs, columns: grid.barColumns }),
    span(fit(tookMs === undefined ? "" : durationText(tookMs), timeColumns, "right"), isOver(job) ? "plain" : "dim"),
  ];
}

/** Marks at round seconds under the bars, as many as have room. */
function axisLine(grid: Grid): Line {
  const lengthMs = grid.toMs - grid.fromMs;
  const stepMs = [1, 2, 5, 10, 20, 30, 60, 120, 300]
    .map((s) => s * 1000)
    .find((ms) => (ms / lengthMs) * grid.barColumns >= 8);
  let text = "";
  for (let atMs = 0; stepMs !== undefined && atMs <= lengthMs; atMs += stepMs) {
    const column = Math.round((atMs / lengthMs) * grid.barColumns);
    const mark = `╵${atMs / 1000}s`;
    if (column + mark.length <= grid.barColumns) text = text.padEnd(column) + mark;
  }
  return [span(" ".repeat(iconColumns + grid.nameColumns + grid.runnerColumns)), span(text, "dim")];
}
