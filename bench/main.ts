import { parseArgs } from "node:util";
import { measureBurst } from "./burst.ts";
import { measureDecisionLatency } from "./decision-latency.ts";

// npm run bench [-- --smoke]. Absolute figures are printed; only the ratio, measured in one run, can fail.
const { values } = parseArgs({ options: { smoke: { type: "boolean", default: false } } });
const ratioMax = 1.2;
const tries = 3;

const latency = await measureDecisionLatency(values.smoke ? 50 : 200);
print(
  "decision latency",
  `p50 ${latency.p50Ms.toFixed(2)} ms, p95 ${latency.p95Ms.toFixed(2)} ms`,
  `${latency.samples} jobs`,
);

// A noisy neighbour can spoil one run; a real regression spoils them all.
let passed = false;
for (let attempt = 1; attempt <= tries && !passed; attempt += 1) {
  const burst = await measureBurst(300);
  passed = burst.ratio <= ratioMax;
  print(
    `burst of ${burst.jobs}`,
    `${burst.burstMs.toFixed(0)} ms; JIT bound ${burst.jitBoundMs.toFixed(0)} ms, spawn bound ${burst.spawnBoundMs.toFixed(0)} ms`,
    `ratio ${burst.ratio.toFixed(2)} (at most ${ratioMax}), ${burst.addedMs.toFixed(1)} ms added to a launch`,
  );
}
process.stdout.write(`${passed ? 2 : 1} passed, ${passed ? 0 : 1} failed, 0 skipped\n`);
process.exitCode = passed ? 0 : 1;

function print(what: string, figures: string, note: string): void {
  process.stdout.write(`${what.padEnd(18)} ${figures}  [${note}]\n`);
}
