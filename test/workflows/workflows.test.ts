import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { filesOf, WorkflowHost } from "./workflow-host.ts";

/** What GitHub documents for a folder of `test/fixtures/workflows`. */
interface Expected {
  readonly event?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** `path:line:column message`. */
  readonly errors?: readonly string[];
  readonly jobs: readonly ExpectedJob[];
}

interface ExpectedJob {
  readonly name: string;
  readonly workflow?: string;
  readonly conclusion: string;
  readonly runsOn?: readonly string[];
  readonly outputs?: Readonly<Record<string, string>>;
  /** `conclusion name`. */
  readonly steps?: readonly string[];
  /** Whole lines that the log has, in this order, with any others between them. */
  readonly log?: readonly string[];
  /** Whole lines that the log does not have. */
  readonly absent?: readonly string[];
}

const fixtures = join(import.meta.dirname, "../fixtures/workflows");

describe.each(readdirSync(fixtures))("%s", (folder) => {
  const expected = parse(readFileSync(join(fixtures, folder, "expected.yml"), "utf8")) as Expected;
  let host: WorkflowHost;

  beforeAll(async () => {
    host = await WorkflowHost.open();
  });

  afterAll(async () => {
    await host.close();
  });

  test("runs on the minimal runner as GitHub documents it", async () => {
    const { event = "push", inputs = {} } = expected;
    const pushed = await host.push({
      event,
      inputs,
      files: filesOf(join(fixtures, folder)).filter((file) => file.path !== "expected.yml"),
    });
    const errors = (pushed.body["errors"] ?? []) as { file: string; line: number; column: number; message: string }[];
    expect(errors.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`)).toEqual(
      expected.errors ?? [],
    );
    const jobs = await host.runAll();
    expect(jobs.map(({ name, conclusion }) => ({ name, conclusion }))).toEqual(
      expected.jobs.map(({ name, conclusion }) => ({ name, conclusion })),
    );
    for (const [index, job] of jobs.entries()) {
      const wanted = expected.jobs[index];
      if (wanted === undefined) continue;
      expect(job).toMatchObject(part(wanted, ["workflow", "runsOn", "outputs"]));
      if (wanted.steps !== undefined) {
        expect(
          job.steps.map((step) => `${step.conclusion} ${step.name}`),
          job.name,
        ).toEqual(wanted.steps);
      }
      const log = await host.log(job.id);
      expect(inOrder(log, wanted.log ?? []), `${job.name}:\n${log.join("\n")}`).toEqual(wanted.log ?? []);
      expect(
        log.filter((line) => wanted.absent?.includes(line)),
        job.name,
      ).toEqual([]);
    }
  });
});

function part<Key extends keyof ExpectedJob>(job: ExpectedJob, keys: readonly Key[]): Partial<ExpectedJob> {
  return Object.fromEntries(keys.filter((key) => job[key] !== undefined).map((key) => [key, job[key]]));
}

/** Those of the wanted lines that are found one after the other. */
function inOrder(lines: readonly string[], wanted: readonly string[]): readonly string[] {
  let position = 0;
  return wanted.filter((line) => {
    const found = lines.indexOf(line, position);
    if (found >= 0) position = found + 1;
    return found >= 0;
  });
}
