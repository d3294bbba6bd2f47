import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runSeeds } from "../seed-threads.ts";
import type { SeedReport } from "../seed-report.ts";
import { plantedBugs } from "./planted-bugs.ts";
import type { PlantedBug } from "./planted-bug.ts";

// npm run world:audit [-- --bug NAME] [--seeds N]: does the world see mistakes? Each planted bug must break a rule within the seeds.
const { values } = parseArgs({
  options: {
    bug: { type: "string" },
    seeds: { type: "string", default: "2000" },
    workers: { type: "string" },
  },
});
const threads = Number(values.workers ?? availableParallelism());
const seedsMax = Number(values.seeds);

/** What became of one bug. */
interface Finding {
  readonly bug: PlantedBug;
  readonly tried: number;
  readonly seconds: number;
  readonly found: SeedReport | undefined;
}

const chosen = plantedBugs.filter(({ name }) => values.bug === undefined || name === values.bug);
if (chosen.length === 0) {
  process.stderr.write(
    `There is no planted bug "${values.bug}". Known: ${plantedBugs.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}
const findings: Finding[] = [];
const waiting = [...chosen];
process.stdout.write(row("bug", "seed", "tried", "seconds", "rule that broke"));
await Promise.all(Array.from({ length: Math.min(threads, chosen.length) }, huntInTurn));
const green = await greenSeeds(findings);
const failed = findings.filter(({ found }) => found === undefined || !green.has(found.seed));
for (const { bug, found, tried } of failed) {
  process.stdout.write(
    found === undefined
      ? `${bug.name} was not found in ${tried} seeds: ${bug.mistake}\n`
      : `${bug.name}: seed ${found.seed} breaks without the bug too\n`,
  );
}
process.stdout.write(`${findings.length - failed.length} passed, ${failed.length} failed, 0 skipped\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** One bug after the other, each with a thread of its own that takes the seeds in order, so that the finder is always the same. */
async function huntInTurn(): Promise<void> {
  for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
    const finding = await hunt(bug);
    findings.push(finding);
    const { found, tried, seconds } = finding;
    process.stdout.write(
      row(
        bug.name,
        String(found?.seed ?? "-"),
        String(tried),
        seconds.toFixed(1),
        found?.violation?.rule ?? "NOT FOUND",
      ),
    );
  }
}

async function hunt(bug: PlantedBug): Promise<Finding> {
  const beganAtMs = performance.now();
  let tried = 0;
  let found: SeedReport | undefined;
  await runSeeds(
    Array.from({ length: seedsMax }, (_, index) => index + 1),
    {
      threads: 1,
      onReport: (report) => {
        tried += 1;
        if (report.violation !== undefined) found = report;
      },
      isEnough: () => found !== undefined,
      worker: { url: new URL("./audit-worker.ts", import.meta.url), argument: bug.name },
    },
  );
  return { bug, tried, seconds: (performance.now() - beganAtMs) / 1_000, found };
}

/** The control: seeds that found something must be green without any bug, or it was not the bug that they found. */
async function greenSeeds(all: readonly Finding[]): Promise<ReadonlySet<number>> {
  const green = new Set<number>();
  await runSeeds([...new Set(all.flatMap(({ found }) => found?.seed ?? []))], {
    threads,
    onReport: ({ seed, violation }) => {
      if (violation === undefined) green.add(seed);
    },
  });
  return green;
}

function row(bug: string, seed: string, tried: string, seconds: string, rule: string): string {
  return `${bug.padEnd(36)} ${seed.padStart(5)} ${tried.padStart(6)} ${seconds.padStart(8)}  ${rule}\n`;
}
