import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { completed, Composition, running } from "./composition.ts";

/** Base64 of an object, long enough to be a JIT configuration or a JWT. */
const encodedObject = /ey[IJ][A-Za-z0-9+/_-]{60,}/;

test("no secret stands in a log, an argument vector or an answer", { timeout: 120_000 }, async () => {
  await using composition = await Composition.open({ pool: ["size: { max: 2, idleGrace: 1s }"] });
  const drover = composition.up("--log-level", "debug");
  await composition.push({ count: 3, seconds: 3 });
  await composition.until("two jobs run", (truth) => running(truth).length === 2, 60_000);

  const apiToken = readFileSync(join(composition.folder, "state/api-token"), "utf8").trim();
  const secrets = [composition.token, apiToken];
  const commandLines = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid));
  expect(commandLines.filter((line) => line.includes("sim-runner")).length).toBeGreaterThanOrEqual(2);
  const answers = await Promise.all(
    [["status"], ["runners"], ["jobs"], ["why", "work (1)"]].map((words) => composition.run([...words, "--json"])),
  );
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  await composition.until("all jobs end", (truth) => completed(truth).length === 3, 60_000);
  await composition.untilClean(30_000);
  drover.kill("SIGTERM");
  await drover.ended;

  const places = {
    commandLines: commandLines.join("\n"),
    answers: answers.map(({ stdout, stderr }) => stdout + stderr).join("\n"),
    logs: drover.stdout() + drover.stderr() + composition.simulator.stdout() + composition.simulator.stderr(),
  };
  expect(places.logs).toContain("Drover starts");
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) expect({ place, holds: text.includes(secret) }).toEqual({ place, holds: false });
    expect({ place, encoded: encodedObject.exec(text)?.[0] }).toEqual({ place, encoded: undefined });
  }
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
