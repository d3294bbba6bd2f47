import { describe, expect, test } from "vitest";
import { createMasker } from "../log/masker.ts";
import { StepLog } from "../log/step-log.ts";
import { CommandProcessor } from "./command-processor.ts";
import { JobMatchers, ProblemScanner } from "./problem-scanner.ts";
import { StepConsole } from "./step-console.ts";

function lab(options: { debugOn?: boolean; allowsUnsecureCommands?: boolean } = {}) {
  const lines: string[] = [];
  const outputs: [string, string][] = [];
  const environment: [string, string][] = [];
  const masker = createMasker();
  const sink = { write: ({ shown }: { shown: string }) => void lines.push(shown), room: () => undefined };
  const log = new StepLog({ masker, nowMs: () => 0, sink });
  const console = new StepConsole({ log, mask: (text) => masker.mask(text), debugOn: options.debugOn ?? false });
  let failed = false;
  const processor = new CommandProcessor({
    console,
    masker,
    allowsUnsecureCommands: options.allowsUnsecureCommands ?? false,
    allowsUnsecureStopTokens: false,
    problems: new ProblemScanner(new JobMatchers(), "/nowhere"),
    addMatchers: () => undefined,
    removeMatchers: () => undefined,
    setOutput: (name, value) => void outputs.push([name, value]),
    saveState: () => undefined,
    setEnvironment: (name, value) => void environment.push([name, value]),
    addPath: () => undefined,
    fail: () => (failed = true),
  });
  return {
    outputs,
    environment,
    console,
    failed: () => failed,
    say(...printed: string[]): string[] {
      lines.length = 0;
      for (const line of printed) processor.process(line);
      return [...lines];
    },
  };
}

describe("workflow commands", () => {
  test("groups, notices, warnings and errors become marked lines", () => {
    expect(lab().say("::group::Title", "inside", "::endgroup::", "::notice::n", "::warning::w", "::error::e")).toEqual([
      "##[group]Title",
      "inside",
      "##[endgroup]",
      "##[notice]n",
      "##[warning]w",
      "##[error]e",
    ]);
  });

  test("an issue without words leaves no line, a long one is cut", () => {
    const { say, console } = lab();

    expect(say("::error::", "::warning title=T::", `::notice::${"x".repeat(5000)}`)).toEqual([
      `##[notice]${"x".repeat(4096)}`,
    ]);
    expect(console.annotations).toHaveLength(3);
  });

  test("an error with a place becomes an annotation there, without one at the line of the log", () => {
    const { say, console } = lab();
    say(
      "x",
      "::error file=src/a.ts,line=3,endLine=4,col=5,endColumn=6,title=Bad%3A thing%2C really::50%25 of%0Ait",
      "::warning::here",
    );

    expect(console.annotations).toEqual([
      {
        level: "failure",
        message: "50% of\nit",
        title: "Bad: thing, really",
        path: "src/a.ts",
        startLine: 3,
        endLine: 4,
        startColumn: 5,
        endColumn: 6,
      },
      { level: "warning", message: "here", startLine: 3, endLine: 3 },
    ]);
  });

  test("at most ten annotations of a level are kept; the log has them all", () => {
    const { say, console } = lab();
    const printed = say(...Array.from({ length: 12 }, (_, index) => `::error::${index}`));

    expect(printed).toHaveLength(12);
    expect(console.annotations).toHaveLength(10);
  });

  test("set-output still works, with a warning that it is deprecated", () => {
    const { say, outputs } = lab();
    const printed = say("::set-output name=x::a%0Ab%25");

    expect(outputs).toEqual([["x", "a\nb%"]]);
    expect(printed).toEqual([expect.stringContaining("##[warning]The `set-output` command is deprecated")]);
  });

  test("a command without its name fails the step and says so", () => {
    const { say, failed } = lab();

    expect(say("::set-output::v").slice(-2)).toEqual([
      "##[error]Unable to process command '::set-output::v' successfully.",
      "##[error]Required field 'name' is missing in ##[set-output] command.",
    ]);
    expect(failed()).toBe(true);
  });

  test("set-env is refused unless the environment allows it", () => {
    const refused = lab();
    expect(refused.say("::set-env name=A::1").at(-1)).toContain("##[error]The `set-env` command is disabled.");
    expect(refused.failed()).toBe(true);
    expect(refused.environment).toEqual([]);

    const allowed = lab({ allowsUnsecureCommands: true });
    allowed.say("::set-env name=A::1");
    expect(allowed.environment).toEqual([["A", "1"]]);
  });

  test("between stop-commands and its token nothing is a command", () => {
    const { say } = lab();

    expect(say("::stop-commands::pause-1234", "::error::quoted", "::pause-1234::", "::warning::real")).toEqual([
      "::stop-commands::***",
      "::error::quoted",
      "::***::",
      "##[warning]real",
    ]);
  });

  test("a stop token that is itself a command is refused", () => {
    const { say, failed } = lab();
    say("::stop-commands::error");

    expect(failed()).toBe(true);
    expect(say("::error::still a command")).toEqual(["##[error]still a command"]);
  });

  test("echo on shows the commands themselves, except the ones that show already", () => {
    const { say } = lab();

    expect(say("::echo::on", "::set-output name=x::1", "::warning::w", "::echo::off", "::add-matcher::m.json")).toEqual(
      ["::set-output name=x::1", expect.stringContaining("deprecated"), "##[warning]w", "::echo::off"],
    );
  });

  test("debug speaks only when debug logging is on", () => {
    expect(lab().say("::debug::x")).toEqual([]);
    expect(lab({ debugOn: true }).say("::debug::x%0Ay")).toEqual(["##[debug]x", "##[debug]y"]);
  });

  test("the older bracket form is understood, anywhere in a line", () => {
    const { say } = lab();

    expect(say("text ##[warning]old%0Astyle", "##[group]G")).toEqual(["##[warning]old\nstyle", "##[group]G"]);
  });

  test.each(["::unknown::x", ":: error::x", "a ::error::b", "::error", "std::vector::x", ":::"])(
    "%j is plain output",
    (line) => {
      expect(lab().say(line)).toEqual([line]);
    },
  );

  test("leading blanks before a command do not matter, its name's case neither", () => {
    expect(lab().say("   ::ERROR::x")).toEqual(["##[error]x"]);
  });

  test("problem matchers are taken and do nothing", () => {
    expect(lab().say("::add-matcher::m.json", "::remove-matcher owner=m::")).toEqual([]);
  });
});
