import { crashPlaces } from "./sometimes.ts";
import type { Scenario } from "./seed/scenario.ts";
import type { SeedReport } from "./seed-report.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Medians, speed, and how often each rare branch was reached. */
export function tellSummary(reports: readonly SeedReport[], seconds: number): string {
  const median = (of: (report: SeedReport) => number): number => {
    const sorted = reports.map(of).sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  const sometimes = new Map<string, number>();
  for (const report of reports) {
    for (const [name, count] of report.sometimes) sometimes.set(name, (sometimes.get(name) ?? 0) + count);
  }
  const events = reports.reduce((sum, report) => sum + report.events, 0);
  const places = new Set(reports.flatMap((report) => report.crashSites));
  const missed = crashPlaces.filter((place) => !places.has(place));
  const lines = [
    `seeds      ${reports.length} in ${seconds.toFixed(1)} s: ${(reports.length / seconds).toFixed(1)} a second, ${Math.round(events / reports.length)} events each`,
    `median     ${median(({ pools }) => pools)} pools, ${median(({ jobs }) => jobs)} jobs, ${median(({ faultKinds }) => faultKinds.length)} kinds of faults, ${(median(({ virtualMs }) => virtualMs) / hourMs).toFixed(1)} virtual hours`,
    `crashes    ${sometimes.get("crash") ?? 0} at ${crashPlaces.length - missed.length} of ${crashPlaces.length} places (each port call: before it, applied, answered), ${sometimes.get("restart") ?? 0} orderly restarts`,
    ...(missed.length === 0 ? [] : [`not crashed ${missed.join(", ")}`]),
    "sometimes",
    ...[...sometimes].sort().map(([name, count]) => `  ${name.padEnd(32)} ${count}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** One seed: what was drawn, what happened, which rule broke. */
export function tellStory(report: SeedReport, scenario: Scenario): string {
  const lines = [
    `seed ${report.seed}  hash ${report.hash}  ${report.events} events, ${(report.virtualMs / hourMs).toFixed(1)} virtual hours, ${report.incarnations} lives of the controller`,
    ...scenario.pools.map(
      ({ name, minIdle, max, idleGraceMs }) =>
        `  ${name}: minIdle ${minIdle}, max ${max}, idle grace ${idleGraceMs / 1_000} s, ${scenario.jobs.filter((job) => scenario.pools[job.pool]?.name === name).length} jobs`,
    ),
    ...scenario.faults.map(
      ({ kind, startMs, endMs, weight }) =>
        `  ${kind} from minute ${Math.round(startMs / minuteMs)} to ${Math.round(endMs / minuteMs)}, weight ${weight}`,
    ),
    `  reached: ${report.sometimes.map(([name, count]) => `${name} ${count}`).join(", ")}`,
  ];
  if (report.violation !== undefined) {
    const { rule, atMs, story } = report.violation;
    lines.push(`broken: ${rule}`, `  at ${new Date(atMs).toISOString()}: ${story}`);
  }
  return `${lines.join("\n")}\n`;
}
