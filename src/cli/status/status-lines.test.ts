import { expect, test } from "vitest";
import { poolView } from "../../../test/fakes/read-model.ts";
import type { Overview } from "../../core/ports/read-model.ts";
import { lineWidth, type Line } from "../terminal/line.ts";
import { statusLines } from "./status-lines.ts";

const overview: Overview = { installation: "acme", incarnation: "k", startedAtMs: 0, ready: true, problems: [] };
const texts = (lines: readonly Line[]): string[] =>
  lines.map((line) =>
    line
      .map(({ text }) => text)
      .join("")
      .trimEnd(),
  );
const hold = { reason: "3 launches failed", untilMs: 70_000 };

test("without bounds every column is shown", () => {
  expect(texts(statusLines(overview, [poolView({ name: "linux" })], 60_000))[2]).toMatch(
    /^POOL +SCOPE +STATE +DEMAND +WANTED +MAX +STARTING +IDLE +BUSY +ENDING +SOURCE$/,
  );
});

test("on 40 columns the counts stay, nothing is wider, and what is wrong is broken between words", () => {
  const message = "GitHub does not accept the pool's credential, and Drover goes on asking. Give it one that is valid.";
  const problems = [{ pool: "linux", code: "unauthorized", message, sinceMs: 0 }];
  const lines = statusLines({ ...overview, problems }, [poolView({ name: "linux" })], 60_000, {
    columns: 40,
    rows: 24,
  });

  expect(texts(lines)[2]).toMatch(/^POOL +DEMAND +MAX +IDLE +BUSY/);
  for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(40);
  expect(texts(lines).join(" ").replace(/ +/g, " ")).toContain(`! linux: ${message} (for 1m)`);
});

test("many pools on few rows give way to what is wrong", () => {
  const pools = Array.from({ length: 500 }, (_, index) => poolView({ name: `pool-${index}` }));
  const problems = [{ pool: "pool-499", code: "x", message: "No credential fits.", sinceMs: 0 }];
  const lines = texts(statusLines({ ...overview, problems }, pools, 60_000, { columns: 80, rows: 12 }));

  expect(lines.length).toBeLessThanOrEqual(12);
  expect(lines.at(-1)).toContain("pool-499: No credential fits.");
  expect(lines).toContain("… and 494 more pools");
});

test("why launches wait is said once", () => {
  const problems = [{ pool: "linux", code: "launches-held", message: hold.reason, sinceMs: 0 }];
  const lines = texts(statusLines({ ...overview, problems }, [poolView({ name: "linux", hold })], 60_000));

  expect(lines.filter((line) => line.includes(hold.reason))).toEqual(["~ linux: launches wait 10s: 3 launches failed"]);
});

test("GitHub's limits are shown for each credential, and stand out when they hold something up", () => {
  const core = { resource: "core", limit: 5_000, remaining: 4_990, resetAtMs: 120_000 };
  const calm = { credential: "acme", resources: [core], waiting: 0 };
  const held = { credential: "hobby", account: "me", resources: [], waiting: 2, heldUntilMs: 90_000 };
  const silent = { credential: "new", resources: [{ ...core, resetAtMs: 1 }], waiting: 0 };
  const lines = texts(statusLines({ ...overview, budgets: [calm, held, silent] }, [], 60_000));

  expect(lines.slice(-2)).toEqual([
    "GitHub's limits for acme: core 4990 of 5000 left, anew in 1m",
    "~ GitHub's limits for hobby at me: GitHub asked for a pause of 30s; 2 calls wait",
  ]);
});
