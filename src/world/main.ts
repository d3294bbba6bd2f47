import { availableParallelism } from "node:os";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { drawScenario } from "./seed/scenario.ts";
import { reportOf, type SeedReport } from "./seed-report.ts";
import { runSeeds } from "./seed-threads.ts";
import { neverReached, seedsThatReachAll } from "./sometimes.ts";
import { shrink } from "./shrink.ts";
import { tellStory, tellSummary } from "./tell.ts";
import { World } from "./world.ts";

// npm run world -- --seeds 500 | --seed 7 [--trace FILE]
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "50" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "string" },
    workers: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
process.exitCode = values.seed === undefined ? await many() : await one(Number(values.seed));

async function many(): Promise<number> {
  const from = Number(values.from);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => from + index);
  const reports: SeedReport[] = [];
  const startedAtMs = performance.now();
  await runSeeds(seeds, {
    threads: Number(values.workers ?? availableParallelism()),
    onReport: (report) => {
      reports.push(report);
      if (process.stderr.isTTY) process.stderr.write(`\r${reports.length} of ${seeds.length} seeds`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  reports.sort((left, right) => left.seed - right.seed);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const failed = reports.filter(({ violation }) => violation !== undefined);
  if (values.json) process.stdout.write(`${JSON.stringify({ seconds, reports })}\n`);
  else process.stdout.write(tellSummary(reports, seconds));
  for (const { seed, violation } of failed) {
    process.stdout.write(
      `seed ${seed}: ${violation?.rule}: ${violation?.story}\n  replay: npm run world -- --seed ${seed}\n`,
    );
  }
  const missed = reports.length >= seedsThatReachAll ? neverReached(reports) : [];
  if (missed.length > 0) {
    process.stdout.write(`too weak: ${reports.length} seeds never reached ${missed.join(", ")}\n`);
  }
  const failures = failed.length + (missed.length > 0 ? 1 : 0);
  process.stdout.write(`${reports.length - failed.length} passed, ${failures} failed, 0 skipped\n`);
  return failures === 0 ? 0 : 1;
}

async function one(seed: number): Promise<number> {
  const outcome = await new World(drawScenario(seed), { keepLines: values.trace !== undefined }).run();
  const report = reportOf(outcome);
  if (values.trace !== undefined) writeFileSync(values.trace, `${outcome.traceLines?.join("\n") ?? ""}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(tellStory(report, outcome.scenario));
  if (report.violation === undefined) return 0;
  const smaller = await shrink(seed, report.violation);
  if (smaller !== undefined && !values.json) {
    process.stdout.write(
      `\nThe smallest world in which it still breaks:\n${tellStory(smaller.report, smaller.scenario)}`,
    );
  }
  return 1;
}
