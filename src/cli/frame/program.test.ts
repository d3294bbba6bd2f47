import { describe, expect, test } from "vitest";
import { FakeTerminal } from "../../../test/fakes/fake-terminal.ts";
import { CliError } from "./cli-error.ts";
import { defineCommand, type Command } from "./command.ts";

const seen: unknown[] = [];
const herd = defineCommand({
  name: "herd",
  summary: "bring them in",
  group: "Run",
  arguments: { dog: { summary: "who runs", kind: "required" }, sheep: { summary: "who comes", kind: "any-number" } },
  options: {
    wait: { flags: "--wait <duration>", summary: "how long", kind: "duration" },
    field: { flags: "--field <name>", summary: "where; repeatable", kind: "texts" },
    pace: { flags: "--pace <pace>", summary: "how", kind: "choice", choices: ["walk", "run"], default: "walk" },
    max: { flags: "--max <count>", summary: "how many", kind: "count", default: 7 },
    quiet: { flags: "-q, --quiet", summary: "no barking", kind: "switch" },
  },
  examples: [{ line: "drover herd rex --pace run", what: "fast" }],
  exitCodes: [4],
  async run({ args, options, json }) {
    seen.push({ args, options, json });
    return await Promise.resolve(4);
  },
});

function failing(error: unknown): Command {
  return defineCommand({
    name: "fail",
    summary: "fail",
    group: "Run",
    examples: [],
    run: () => Promise.reject(error as Error),
  });
}

describe("a command line", () => {
  test("arrives typed, with defaults, and its exit code is the command's", async () => {
    seen.length = 0;

    const code = await new FakeTerminal().run(
      ["herd", "rex", "a", "b", "--wait", "5m", "--field", "x", "--field", "y", "--max", "3", "--json"],
      [herd],
    );

    expect(code).toBe(4);
    expect(seen).toEqual([
      {
        args: { dog: "rex", sheep: ["a", "b"] },
        options: { wait: 300_000, field: ["x", "y"], pace: "walk", max: 3, quiet: false },
        json: true,
      },
    ]);
  });

  test.each([
    [["herd"], "missing required argument 'dog'"],
    [["herd", "rex", "--wait", "5 minutes"], "Write a duration like 30s, 5m or 6h."],
    [["herd", "rex", "--max", "-1"], "Write a whole number from 0."],
    [["herd", "rex", "--pace", "fly"], "Allowed choices are walk, run."],
    [["herd", "rex", "--paec", "run"], "Did you mean --pace?"],
    [["hrd"], "Did you mean herd?"],
  ])("that is wrong ends with 2, on stderr, with a hint: %j", async (argv, hint) => {
    const terminal = new FakeTerminal();

    expect(await terminal.run(argv, [herd])).toBe(2);
    expect(terminal.stderr).toContain(hint);
    expect(terminal.stdout).toBe("");
  });

  test("without words shows the help and is fine", async () => {
    const terminal = new FakeTerminal();

    expect(await terminal.run([], [herd])).toBe(0);
    expect(terminal.stdout).toContain("bring them in");
  });

  test("--help shows examples and exit codes", async () => {
    const terminal = new FakeTerminal();

    expect(await terminal.run(["herd", "--help"], [herd])).toBe(0);
    expect(terminal.stdout).toContain("drover herd rex --pace run");
    expect(terminal.stdout).toMatch(/4 {2}no such job, runner, pool or run/);
  });
});

describe("an error", () => {
  const error = new CliError("The dog sleeps.", { exitCode: 3, remedy: "Wake it." });

  test("says what happened and what to do, on stderr, with its exit code", async () => {
    const terminal = new FakeTerminal();

    expect(await terminal.run(["fail"], [failing(error)])).toBe(3);
    expect(terminal.stderr).toBe("error: The dog sleeps.\n  Wake it.");
    expect(terminal.stdout).toBe("");
  });

  test("is one JSON object with --json", async () => {
    const terminal = new FakeTerminal();

    await terminal.run(["fail", "--json"], [failing(error)]);

    expect(JSON.parse(terminal.stderr)).toEqual({
      error: { exitCode: 3, message: "The dog sleeps.", remedy: "Wake it." },
    });
  });

  test("in the command line itself is one JSON object with --json, too", async () => {
    const terminal = new FakeTerminal();

    expect(await terminal.run(["herd", "--json"], [herd])).toBe(2);
    expect(JSON.parse(terminal.stderr)).toEqual({ error: { exitCode: 2, message: "missing required argument 'dog'" } });
  });

  test("with a public code carries it and no stack; one that nobody worded shows where it came from", async () => {
    const worded = new FakeTerminal();
    const unworded = new FakeTerminal();

    expect(await worded.run(["fail", "--json"], [failing(Object.assign(new Error("No."), { code: "DROVER_X" }))])).toBe(
      1,
    );
    expect(await unworded.run(["fail"], [failing(new TypeError("undefined is not a dog"))])).toBe(1);

    expect(JSON.parse(worded.stderr)).toEqual({ error: { code: "DROVER_X", exitCode: 1, message: "No." } });
    expect(unworded.stderr).toContain("program.test.ts");
  });
});

describe("colours", () => {
  const paint = defineCommand({
    name: "paint",
    summary: "paint",
    group: "Run",
    examples: [],
    async run({ io }) {
      io.out(io.colors.red("x"));
      return await Promise.resolve(0);
    },
  });
  const painted = async (options: ConstructorParameters<typeof FakeTerminal>[0]): Promise<boolean> => {
    const terminal = new FakeTerminal(options);
    await terminal.run(["paint"], [paint]);
    return terminal.stdout !== "x";
  };

  test("only a terminal gets them, and NO_COLOR is honoured", async () => {
    expect(await painted({ interactive: true })).toBe(true);
    expect(await painted({ interactive: false })).toBe(false);
    expect(await painted({ interactive: true, environment: { NO_COLOR: "1" } })).toBe(false);
    expect(await painted({ interactive: true, environment: { NO_COLOR: "" } })).toBe(true);
    expect(await painted({ interactive: true, environment: { TERM: "dumb" } })).toBe(false);
    expect(await painted({ environment: { FORCE_COLOR: "1" } })).toBe(true);
    expect(await painted({ environment: { FORCE_COLOR: "1", NO_COLOR: "1" } })).toBe(false);
  });
});
