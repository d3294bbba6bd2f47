import { parseArgs } from "node:util";
import { idleProgram, measureBurst, runnerStart, type Burst, type Program } from "./burst.ts";
import { measureDecisionLatency } from "./decision-latency.ts";

// npm run bench [-- --smoke]. Absolute figures are printed; only ratios, each measured in one run, can fail.
const { values } = parseArgs({ options: { smoke: { type: "boolean", default: false } } });
const tries = 3;

const latency = await measureDecisionLatency(values.smoke ? 50 : 200);
print(
  "decision latency",
  `p50 ${latency.p50Ms.toFixed(2)} ms, p95 ${latency.p95Ms.toFixed(2)} ms`,
  `${latency.samples} jobs`,
);
const held = [
  // What the product promises: launching runners costs hardly more than the dearer of GitHub's answers and the machine's forks.
  await holds("burst, runners", runnerStart, 1.2, "the larger bound", ({ jitBoundMs, spawnBoundMs }) =>
    Math.max(jitBoundMs, spawnBoundMs),
  ),
  // The fine sieve: a program that costs nothing lets Drover's own work show, 3 ms more a launch would fail.
  await holds(
    "burst, sleep",
    idleProgram,
    2,
    "both bounds together",
    ({ jitBoundMs, spawnBoundMs }) => jitBoundMs + spawnBoundMs,
  ),
];
const failed = held.filter((isHeld) => !isHeld).length;
process.stdout.write(`${1 + held.length - failed} passed, ${failed} failed, 0 skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** Whether one of three bursts stays below `ratioMax`: a noisy neighbour can spoil one run, a real regression spoils them all. */
async function holds(
  what: string,
  program: Program,
  ratioMax: number,
  boundName: string,
  bound: (burst: Burst) => number,
): Promise<boolean> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const burst = await measureBurst(300, program);
    const ratio = burst.burstMs / bound(burst);
    print(
      what,
      `${burst.burstMs.toFixed(0)} ms; JIT bound ${burst.jitBoundMs.toFixed(0)} ms, spawn bound ${burst.spawnBoundMs.toFixed(0)} ms`,
      `${ratio.toFixed(2)} x ${boundName} (at most ${ratioMax}), ${burst.addedMs.toFixed(1)} ms added to a launch`,
    );
    if (ratio <= ratioMax) return true;
  }
  return false;
}

function print(what: string, figures: string, note: string): void {
  process.stdout.write(`${what.padEnd(18)} ${figures}  [${note}]\n`);
}
