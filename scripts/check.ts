import { runCommand } from "./suites/run-command.ts";

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What to do when it fails. */
  readonly remedy: string;
}

const checks: readonly Check[] = [
  { name: "types", command: ["tsc", "-p", ".", "--noEmit"], remedy: "Correct the types." },
  {
    name: "lint and injection fence",
    command: ["eslint", ".", "--max-warnings", "0"],
    remedy: "Each message names what to use instead.",
  },
  {
    name: "import arrows",
    command: ["depcruise", "src", "--config", ".dependency-cruiser.cjs", "--output-type", "err-long"],
    remedy: "Each rule's comment says what to do instead.",
  },
  { name: "format", command: ["prettier", "--check", "."], remedy: "Run: npm run format" },
  { name: "dead code", command: ["knip"], remedy: "Remove what nobody uses, or stop exporting it." },
  {
    name: "documentation",
    command: ["node", "scripts/docs.ts", "--check"],
    remedy: "Run npm run docs for the generated pages; correct commands, configurations and links by hand.",
  },
];

const minutesEach = 5;

/** Two at a time: the slow ones are bound by one processor each. */
async function runAll(): Promise<readonly Check[]> {
  const waiting = [...checks];
  const failed: Check[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const end = await runCommand(check.command, { show: false, timeoutMs: minutesEach * 60_000 });
      const passed = end.exitCode === 0;
      process.stdout.write(
        `${passed ? "ok    " : "FAILED"} ${check.name.padEnd(26)} ${end.seconds.toFixed(1).padStart(5)}s\n`,
      );
      if (passed) continue;
      failed.push(check);
      process.stdout.write(`${end.output.trimEnd()}\n       ${check.remedy}\n`);
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

const startedAtMs = performance.now();
const failed = await runAll();
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
const verdict = failed.length === 0 ? "all fine" : `${failed.map(({ name }) => name).join(", ")} failed`;
process.stdout.write(`${checks.length} checks in ${seconds}s: ${verdict}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
