import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { JobLab } from "../testing/job-lab.ts";
import { dictionary, expression } from "../testing/job-message-builder.ts";
import { ManualClock } from "../testing/manual-clock.ts";

let lab: JobLab;
beforeEach(() => {
  lab = new JobLab();
});
afterEach(() => lab.remove());

describe("the log", () => {
  test("a script step shows what it runs, with which shell and environment, then its output", async () => {
    const report = await lab.run({ env: { COLOUR: "blue" }, steps: [{ run: "echo one\necho two >&2\n" }] });

    expect(report.log("Run echo one")).toEqual([
      "##[group]Run echo one",
      "\u001B[36;1mecho one\u001B[0m",
      "\u001B[36;1mecho two >&2\u001B[0m",
      expect.stringMatching(/^shell: \/\S*bash -e \{0\}$/),
      "env:",
      "  COLOUR: blue",
      "##[endgroup]",
      "one",
      "two",
    ]);
  });

  test("every entry starts with an instant of seven fractional digits", async () => {
    const report = await lab.run({ steps: [{ run: "echo hello" }] });

    for (const line of report.wholeLog) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z /);
  });

  test("the set-up step names the runner, the complete step cleans up", async () => {
    const report = await lab.run({ steps: [] });

    expect(report.log("Set up job")).toEqual([
      "Current runner version: '2.336.0'",
      "Runner name: 'r1'",
      expect.stringMatching(/^Machine name: '.+'$/),
      "Secret source: Actions",
      "Prepare workflow directory",
      "Prepare all required actions",
      "Complete job name: build",
    ]);
    expect(report.log("Complete job")).toEqual(["Cleaning up orphan processes"]);
  });

  test("the job's log is the logs of its steps, one after the other", async () => {
    const report = await lab.run({ steps: [{ run: "echo a" }, { run: "echo b" }] });

    const parts = report.stepResults.flatMap((step) => report.log(step.name));
    expect(report.wholeLog.map((line) => line.slice(29))).toEqual(parts);
    expect(report.stepResults.map((step) => step.completed_log_lines)).toEqual(
      report.steps.map(([name]) => report.log(name).length),
    );
  });

  test("output to /dev/stderr and /dev/stdout works and keeps its order", async () => {
    const report = await lab.run({
      steps: [{ name: "s", run: "echo 1; echo 2 > /dev/stderr; echo 3 > /dev/stdout; echo 4 >&2" }],
    });

    expect(report.output("s")).toEqual(["1", "2", "3", "4"]);
  });

  test("a last line without an end, CRLF and a long burst all arrive", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "printf 'a\\r\\nb\\rc\\n'; seq 20000; printf end" }] });

    const output = report.output("s");
    expect(output.slice(0, 4)).toEqual(["a", "b", "c", "1"]);
    expect(output).toHaveLength(20_004);
    expect(output.at(-1)).toBe("end");
  });

  test("debug lines appear only when debug logging is on", async () => {
    const steps = [{ name: "s", run: "echo '::debug::details'" }];
    const off = await lab.run({ steps });
    const on = await lab.run({ steps, variables: { ACTIONS_STEP_DEBUG: { value: "true" } } });

    expect(off.wholeLog.join("\n")).not.toContain("##[debug]");
    expect(on.log("s")).toContain("##[debug]details");
    expect(on.log("s")).toContain("##[debug]Result: true");
  });
});

describe("problem matchers", () => {
  const matcher = {
    problemMatcher: [
      {
        owner: "cc",
        pattern: [
          {
            regexp: "^(.+):(\\d+):(\\d+): (error|warning|note): (.+)$",
            file: 1,
            line: 2,
            column: 3,
            severity: 4,
            message: 5,
          },
        ],
      },
    ],
  };
  const add = `echo '${JSON.stringify(matcher)}' > cc.json; echo ::add-matcher::cc.json`;
  const warning = "echo main.c:3:7: warning: unused";

  test("mark the lines of later steps too, until they are removed, and place the annotation", async () => {
    const report = await lab.run({
      steps: [
        { name: "add", run: `touch main.c; ${warning}; ${add}; ${warning}; echo elsewhere.c:1:1: error: gone` },
        {
          name: "later",
          run: `printf '\\033[1mmain.c:4:1: \\033[31merror: coloured\\n'; echo main.c:5:1: note: plain`,
        },
        { name: "remove", run: `echo ::remove-matcher owner=CC::; ${warning}` },
      ],
    });

    expect(report.output("add")).toEqual([
      "main.c:3:7: warning: unused",
      "##[warning]main.c:3:7: warning: unused",
      "##[error]elsewhere.c:1:1: error: gone",
    ]);
    expect(report.output("later")).toEqual(["##[error]main.c:4:1: error: coloured", "main.c:5:1: note: plain"]);
    expect(report.output("remove")).toEqual(["main.c:3:7: warning: unused"]);
    expect(report.conclusion).toBe("succeeded");
    expect(report.annotations).toMatchObject([
      { level: "warning", message: "unused", path: "main.c", startLine: 3, endLine: 3, startColumn: 7 },
      { level: "failure", message: "gone" },
      { level: "failure", message: "coloured", path: "main.c", startLine: 4 },
    ]);
    expect(report.annotations[1]?.path).toBeUndefined();
  });

  test("a file that is not there, or is none, fails the step", async () => {
    const report = await lab.run({
      steps: [{ name: "s", run: "echo ::add-matcher::none.json; echo '{}}' > x; echo ::add-matcher::x" }],
    });

    expect(report.output("s")).toEqual([
      "##[error]Unable to process command '::add-matcher::none.json' successfully.",
      expect.stringMatching(/^##\[error\]Could not find file '\/.*\/none\.json'\.$/),
      "##[error]Unable to process command '::add-matcher::x' successfully.",
      expect.stringContaining("##[error]Unexpected"),
    ]);
    expect(report.conclusion).toBe("failed");
  });

  test("removing takes an owner or a file, and says so", async () => {
    const report = await lab.run({
      steps: [
        {
          name: "s",
          run: `${add}; echo ::remove-matcher::; echo ::remove-matcher owner=cc::cc.json; ${warning}; echo ::remove-matcher::cc.json; ${warning}`,
        },
      ],
    });

    expect(report.output("s")).toEqual([
      "##[warning]Either an owner name or a file path must be specified in ##[remove-matcher] command.",
      "##[warning]Either specify an owner name or a file path in ##[remove-matcher] command. Both values cannot be set.",
      "##[warning]main.c:3:7: warning: unused",
      "main.c:3:7: warning: unused",
    ]);
  });
});

describe("conditions and conclusions", () => {
  test("after a failure only steps that ask for it run", async () => {
    const report = await lab.run({
      steps: [
        { name: "fails", run: "exit 3" },
        { name: "plain", run: "true" },
        { name: "failure", run: "true", if: "failure()" },
        { name: "always", run: "true", if: "always()" },
        { name: "cancelled", run: "true", if: "cancelled()" },
      ],
    });

    expect(report.conclusion).toBe("failed");
    expect(report.steps.slice(1, -1)).toEqual([
      ["fails", "failed"],
      ["plain", "skipped"],
      ["failure", "succeeded"],
      ["always", "succeeded"],
      ["cancelled", "skipped"],
    ]);
    expect(report.log("fails").at(-1)).toBe("##[error]Process completed with exit code 3.");
    expect(report.log("plain")).toEqual([]);
  });

  test("a step that may fail leaves the job successful; its outcome and conclusion differ", async () => {
    const report = await lab.run({
      steps: [
        { id: "risky", run: "exit 1", continueOnError: true },
        {
          name: "after",
          run: 'echo "$OUTCOME $CONCLUSION"',
          env: { OUTCOME: expression("steps.risky.outcome"), CONCLUSION: expression("steps.risky.conclusion") },
        },
      ],
    });

    expect(report.conclusion).toBe("succeeded");
    expect(report.output("after")).toEqual(["failure success"]);
  });

  test("a condition that cannot be evaluated fails its step", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "true", if: "success() && secrets.TOKEN != ''" }] });

    expect(report.conclusion).toBe("failed");
    expect(report.log("s").join("\n")).toContain("Unrecognized named-value: 'secrets'");
  });

  test("a skipped step is known to later ones as skipped", async () => {
    const report = await lab.run({
      steps: [
        { id: "never", run: "true", if: "success() && false" },
        { name: "after", run: "echo $WORD", env: { WORD: expression("steps.never.conclusion") } },
      ],
    });

    expect(report.output("after")).toEqual(["skipped"]);
  });

  test("a process ended by a signal counts as 128 and its number", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "kill -9 $$" }] });

    expect(report.log("s").at(-1)).toBe("##[error]Process completed with exit code 137.");
  });

  test("a step that takes too long is ended and fails", async () => {
    const clock = new ManualClock();
    const run = lab.start(
      { steps: [{ name: "slow", run: "echo started; exec sleep 30", timeoutMinutes: 2 }] },
      { clock },
    );
    await run.logged("started");
    clock.advance(120_000);
    const turn = turning(clock);
    const report = await run.report;
    clearInterval(turn);

    expect(report.steps[1]).toEqual(["slow", "failed"]);
    expect(report.log("slow").at(-1)).toBe("##[error]The action 'slow' has timed out after 2 minutes.");
  });
});

describe("shells and directories", () => {
  test.each([
    ["bash", "--noprofile --norc -e -o pipefail {0}"],
    ["sh", "-e {0}"],
  ])("shell: %s runs with GitHub's arguments", async (shell, args) => {
    const report = await lab.run({ steps: [{ name: "s", run: "false | true; echo alive", shell }] });

    expect(report.log("s").find((line) => line.startsWith("shell:"))).toMatch(
      new RegExp(`/${shell} ${args.replace(/[{}]/g, "\\$&")}$`),
    );
    expect(report.steps[1]?.[1]).toBe(shell === "bash" ? "failed" : "succeeded");
  });

  test("without a shell a failing command ends the script, a failing pipe does not", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "false | true; echo alive; false; echo dead" }] });

    expect(report.output("s")).toEqual(["alive", "##[error]Process completed with exit code 1."]);
  });

  test("a PATH of the step's own is for its script, not for finding the shell", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: 'echo "$PATH"', env: { PATH: "/nowhere" } }] });

    expect(report.output("s")).toEqual(["/nowhere"]);
  });

  test("a template of its own runs the script's file", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "hello", shell: "cat {0}" }] });

    expect(report.output("s")).toEqual(["hello"]);
  });

  test("a template without {0} and a shell that is not there fail the step", async () => {
    const report = await lab.run({
      steps: [
        { name: "no place", run: "x", shell: "cat -n" },
        { name: "unknown", run: "x", shell: "no-such-shell", if: "always()" },
        { name: "not there", run: "x", shell: "no-such-shell {0}", if: "always()" },
      ],
    });

    expect(report.log("no place").slice(2)).toEqual([
      expect.stringMatching(/^shell: \/\S*cat -n$/),
      "##[endgroup]",
      expect.stringMatching(/^##\[error\]Invalid shell option\./),
    ]);
    expect(report.log("unknown")).toEqual([
      "##[group]Run x",
      "\u001B[36;1mx\u001B[0m",
      "##[error]no-such-shell: command not found",
    ]);
    expect(report.log("not there").at(-1)).toBe("##[error]no-such-shell: command not found");
  });

  test("working-directory is taken from the step, else from the defaults, below the workspace", async () => {
    const report = await lab.run({
      defaults: { "working-directory": "sub", shell: "sh" },
      steps: [
        { name: "make", run: "mkdir sub other", workingDirectory: "." },
        { name: "default", run: "basename $PWD" },
        { name: "own", run: "basename $PWD", workingDirectory: "other" },
      ],
    });

    expect(report.output("default")).toEqual(["sub"]);
    expect(report.output("own")).toEqual(["other"]);
    expect(report.log("default").find((line) => line.startsWith("shell:"))).toMatch(/\/sh -e \{0\}$/);
  });

  test("a working directory that is not there fails the step", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "true", workingDirectory: "nowhere" }] });

    expect(report.log("s").at(-1)).toMatch(
      /^##\[error\]An error occurred trying to start process '.*bash' with working directory '.*nowhere'\. No such file or directory$/,
    );
  });
});

test("outputs that cannot be evaluated fail the completion and the job", async () => {
  const report = await lab.run({ steps: [{ run: "true" }], outputs: { a: expression("fromJSON('{')") } });

  expect(report).toMatchObject({ conclusion: "failed", outputs: {} });
  expect(report.steps.at(-1)).toEqual(["Complete job", "failed"]);
  expect(report.log("Complete job").slice(0, 2)).toEqual([
    "Evaluate and set job outputs",
    "##[error]Fail to evaluate job outputs",
  ]);
});

describe("the address of the job's environment", () => {
  const steps = [{ id: "deploy", run: "echo url=https://one.test >> $GITHUB_OUTPUT" }];

  test("it is evaluated after the steps and reported", async () => {
    const url = expression("steps.deploy.outputs.url");
    const report = await lab.run({ steps, deployment: { name: "production", url } });

    expect(report.environmentUrl).toBe("https://one.test");
    expect(report.log("Complete job").slice(0, 2)).toEqual([
      "Evaluate and set environment url",
      "Evaluated environment url: https://one.test",
    ]);
  });

  test("one that holds a secret is left out, with a warning", async () => {
    const url = expression("format('https://one.test/{0}', github.token)");
    const report = await lab.run({ steps, deployment: { name: "production", url } });

    expect(report.environmentUrl).toBeNull();
    expect(report.log("Complete job")).toContain(
      "##[warning]Skip setting environment url as environment 'production' may contain secret.",
    );
  });
});

describe("environment and contexts", () => {
  test("env of workflow, job and step: the nearest wins, and each may use the contexts", async () => {
    const report = await lab.run({
      workflowEnv: { A: "workflow", B: "workflow", C: "workflow" },
      env: { B: "job", C: "job" },
      steps: [
        {
          name: "s",
          run: "echo $A $B $C $D",
          env: { C: "step", D: expression("format('{0}-{1}', env.B, github.ref)") },
        },
      ],
    });

    expect(report.output("s")).toEqual(["workflow job step job-refs/heads/main"]);
  });

  test("default variables are there and cannot be overridden", async () => {
    const report = await lab.run({
      env: { GITHUB_REPOSITORY: "mine", CI: "no" },
      steps: [
        {
          name: "s",
          run: 'echo $GITHUB_REPOSITORY $CI $GITHUB_ACTIONS $RUNNER_NAME $RUNNER_OS; [ "$PWD" = "$GITHUB_WORKSPACE" ]; cat $GITHUB_EVENT_PATH',
        },
      ],
    });

    expect(report.output("s").join("\n")).toBe('acme/widgets no true r1 Linux\n{\n  "after": "abc"\n}');
  });

  test("GITHUB_ENV, GITHUB_PATH and GITHUB_OUTPUT reach the later steps", async () => {
    const report = await lab.run({
      steps: [
        {
          id: "a",
          run: 'mkdir bin; printf \'#!/bin/sh\\necho tool\\n\' > bin/tool; chmod +x bin/tool; echo "$PWD/bin" >> $GITHUB_PATH; echo "X=1" >> $GITHUB_ENV; printf "M<<END\\none\\ntwo\\nEND\\n" >> $GITHUB_OUTPUT',
        },
        { name: "b", run: 'tool; echo $X; echo "$M"', env: { M: expression("steps.a.outputs.M") } },
      ],
    });

    expect(report.output("b")).toEqual(["tool", "1", "one", "two"]);
  });

  test("a command file in a wrong form fails its step, and the message names the line", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "echo nonsense >> $GITHUB_OUTPUT" }] });

    expect(report.steps[1]?.[1]).toBe("failed");
    expect(report.log("s").slice(-2)).toEqual([
      "##[error]Unable to process file command 'output' successfully.",
      "##[error]Invalid format 'nonsense'",
    ]);
  });

  test("what stands before a mistake in a command file holds, what follows does not", async () => {
    const write = String.raw`printf 'A=1\nnonsense\nB=2\n' | tee -a $GITHUB_ENV >> $GITHUB_OUTPUT`;
    const env = { C: expression("steps.s.outputs.A"), D: expression("steps.s.outputs.B") };
    const report = await lab.run({
      steps: [
        { id: "s", run: write, continueOnError: true },
        { name: "after", run: 'echo "[$A][$B][$C][$D]"', env },
      ],
    });

    expect(report.output("after")).toEqual(["[1][][1][]"]);
  });

  test("NODE_OPTIONS cannot be set for later steps; the step goes on and the rest of the file holds", async () => {
    const report = await lab.run({
      steps: [
        { name: "s", run: "echo NODE_OPTIONS=--inspect >> $GITHUB_ENV; echo A=1 >> $GITHUB_ENV" },
        { name: "after", run: 'echo "[$NODE_OPTIONS][$A]"' },
      ],
    });

    expect(report.log("s").at(-1)).toBe(
      "##[error]Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
    );
    expect(report.steps[1]?.[1]).toBe("succeeded");
    expect(report.output("after")).toEqual(["[][1]"]);
  });

  test("outputs that differ by case alone are one, and the last value holds", async () => {
    const report = await lab.run({
      steps: [
        { id: "s", run: "echo Word=1 >> $GITHUB_OUTPUT; echo WORD=2 >> $GITHUB_OUTPUT" },
        { name: "after", run: "echo $V", env: { V: expression("join(steps.s.outputs.*)") } },
      ],
    });

    expect(report.output("after")).toEqual(["2"]);
  });

  test("what is no boolean does not forgive a failure", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "exit 1", continueOnError: expression("'true'") }] });

    expect(report.conclusion).toBe("failed");
    expect(report.log("s").slice(-2)).toEqual([
      "##[error]The step failed and an error occurred when attempting to determine whether to continue on error.",
      "##[error]Unexpected value 'true'",
    ]);
  });

  test("the github context starts with token and job, and has no action repository in a script", async () => {
    const run = 'echo "${GITHUB_ACTION_REPOSITORY-unset}${GITHUB_ACTION_REF-unset}|$KEYS"';
    const env = { KEYS: expression("toJSON(github)") };
    const report = await lab.run({ steps: [{ name: "s", run, env }] });

    expect(report.output("s").slice(0, 4)).toEqual([
      "|{",
      '  "token": "***",',
      '  "job": "build",',
      '  "repository": "acme/widgets",',
    ]);
  });

  test("matrix, needs, inputs, vars, secrets and job are known to steps", async () => {
    const report = await lab.run({
      contexts: {
        matrix: dictionary({ os: "linux" }),
        needs: dictionary({ a: dictionary({ result: "success", outputs: dictionary({ v: "7" }) }) }),
        inputs: dictionary({ who: "me" }),
        vars: dictionary({ REGION: "eu" }),
      },
      variables: { TOKEN: { value: "hidden-value", isSecret: true } },
      steps: [
        {
          name: "s",
          run: expression(
            "format('echo {0} {1} {2} {3} {4} {5}', matrix.os, needs.a.outputs.v, inputs.who, vars.REGION, job.status, secrets.token == 'hidden-value')",
          ),
        },
      ] as never,
    });

    expect(report.output("s")).toEqual(["linux 7 me eu success true"]);
  });

  test("the name of a skipped step is evaluated; before its turn a name stands as it is written", async () => {
    const name = expression(
      "format('In {0}, {1} and ''{2}'' ok', env.PLACE, steps.a.outcome, format('{0}', matrix.os))",
    );
    const steps = [
      { id: "a", run: "true" },
      { name, run: "true", if: "failure()" },
    ];
    const contexts = { matrix: dictionary({ os: "linux" }) };
    const skipped = await lab.run({ env: { PLACE: "Rome" }, contexts, steps });
    const never = await lab.run({ env: { PLACE: expression("fromJSON('')") }, contexts, steps });

    expect(skipped.steps[2]).toEqual(["In Rome, success and 'linux' ok", "skipped"]);
    expect(never.steps[2]).toEqual([
      "In ${{ env.PLACE }}, ${{ steps.a.outcome }} and '${{ format('{0}', matrix.os) }}' ok",
      "skipped",
    ]);
  });

  test("a step's name may use what earlier steps gave; a step without one is named after its first line", async () => {
    const report = await lab.run({
      steps: [
        { id: "a", run: "\n\n  echo v=9 >> $GITHUB_OUTPUT\ntrue" },
        { name: expression("format('Number {0}', steps.a.outputs.v)"), run: "true" },
      ],
    });

    expect(report.steps.map(([name]) => name)).toEqual([
      "Set up job",
      "Run echo v=9 >> $GITHUB_OUTPUT",
      "Number 9",
      "Complete job",
    ]);
  });

  test("the summary is uploaded with its secrets masked", async () => {
    const report = await lab.run({ steps: [{ name: "s", run: "echo '# tok_4711_secret' >> $GITHUB_STEP_SUMMARY" }] });

    expect([...report.summaries.values()]).toEqual(["# ***\n"]);
  });
});

describe("secrets", () => {
  test("no form of a secret reaches log, step names, outputs or annotations", async () => {
    const secret = "s3cret-Value'42";
    const report = await lab.run({
      variables: { TOKEN: { value: secret, isSecret: true } },
      outputs: { leak: expression("steps.a.outputs.leak"), fine: expression("steps.a.outputs.fine") },
      steps: [
        {
          id: "a",
          run: 'echo "$T"; printf %s "$T" | base64; echo "::error::bad $T"; echo "leak=$T" >> $GITHUB_OUTPUT; echo fine=1 >> $GITHUB_OUTPUT',
          env: { T: secret },
        },
        { name: expression("format('with {0}', secrets.TOKEN)"), run: "true" },
      ],
    });

    const everything = JSON.stringify([report.wholeLog, report.stepResults, report.outputs, report.annotations]);
    expect(everything).not.toContain("s3cret");
    expect(everything).not.toContain(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
    expect(report.outputs).toEqual({ fine: { value: "1", isSecret: false } });
    expect(report.log("Complete job")).toContain("##[warning]Skip output 'leak' since it may contain secret.");
    expect(report.steps[2]?.[0]).toBe("with ***");
  });

  test("add-mask hides a value from then on, each line of it", async () => {
    const report = await lab.run({
      steps: [{ name: "s", run: "echo '::add-mask::first%0Asecond'; echo a first b; echo second" }],
    });

    expect(report.output("s")).toEqual(["a *** b", "***"]);
  });
});

describe("early ends", () => {
  test("cancellation: SIGINT, after 7.5 s SIGTERM, after 2.5 s the whole tree is killed", async () => {
    const clock = new ManualClock();
    const script =
      "trap 'echo got INT' INT; trap 'echo got TERM' TERM; echo started; while [ -e $GITHUB_WORKSPACE ]; do sleep 0.02; done";
    const run = lab.start(
      {
        steps: [
          { name: "stubborn", run: script },
          { name: "after", run: "echo cleanup", if: "cancelled()" },
          { name: "no", run: "true" },
        ],
      },
      { clock },
    );
    await run.logged("Z started");
    run.cancel();
    await run.logged("Z got INT");
    await clock.passSleepOf(7_500);
    await run.logged("Z got TERM");
    await clock.passSleepOf(2_500);
    const turn = turning(clock);
    const report = await run.report;
    clearInterval(turn);

    expect(report.conclusion).toBe("canceled");
    expect(report.steps.slice(1, -1)).toEqual([
      ["stubborn", "canceled"],
      ["after", "succeeded"],
      ["no", "skipped"],
    ]);
    expect(report.log("stubborn").at(-1)).toBe("##[error]The operation was canceled.");
  });

  test("a step whose condition still holds goes on in a cancelled job", async () => {
    const run = lab.start({
      steps: [
        {
          name: "s",
          run: "echo started; while [ -e $PWD ] && [ ! -e go ]; do sleep 0.02; done; echo finished",
          if: "always()",
        },
      ],
    });
    await run.logged("Z started");
    run.cancel();
    writeFileSync(join(lab.root, "_work/widgets/widgets/go"), "");
    const report = await run.report;

    expect(report.output("s")).toEqual(["started", "finished"]);
    expect(report.steps[1]?.[1]).toBe("succeeded");
    expect(report.conclusion).toBe("canceled");
  });

  test("a process in the background lives on into the next step and is gone at the end of the job", async () => {
    const report = await lab.run({
      steps: [
        { run: "sleep 30 >&- 2>&- & echo $! > pid; setsid sleep 31 >&- 2>&- & echo started" },
        { name: "later", run: "kill -0 $(cat pid) && echo alive" },
      ],
    });

    expect(report.output("later")).toEqual(["alive"]);
    const terminated = report.log("Complete job").filter((line) => line.startsWith("Terminate orphan process: pid ("));
    expect(terminated).toHaveLength(2);
    const pid = readFileSync(join(report.workspace, "pid"), "utf8").trim();
    expect(terminated.join("\n")).toContain(`pid (${pid}) (sleep)`);
    expect(isAlive(pid)).toBe(false);
  });

  test("what a background process prints soon after its script belongs to the step", async () => {
    const clock = new ManualClock();
    const script = "(while [ -e $PWD ] && [ ! -e go ]; do sleep 0.02; done; echo late) & echo started";
    const run = lab.start({ steps: [{ name: "s", run: script }] }, { clock });
    await clock.untilSleepOf(5_000);
    writeFileSync(join(lab.root, "_work/widgets/widgets/go"), "");
    await run.logged("Z late");
    const turn = turning(clock);
    const report = await run.report;
    clearInterval(turn);

    expect(report.output("s")).toEqual(["started", "late"]);
  });

  test("a background process that keeps the step's output open holds it up for five seconds", async () => {
    const clock = new ManualClock();
    const run = lab.start({ steps: [{ name: "s", run: "sleep 30 & echo started" }, { run: "echo next" }] }, { clock });
    await clock.passSleepOf(5_000);
    await run.logged("Z next");
    const turn = turning(clock);
    const report = await run.report;
    clearInterval(turn);

    expect(report.output("s")).toEqual(["started"]);
    expect(report.conclusion).toBe("succeeded");
  });

  test("a job that cannot be set up fails, and its steps do not run", async () => {
    const report = await lab.run({ env: { BAD: expression("fromJSON('{')") }, steps: [{ name: "s", run: "true" }] });

    expect(report.conclusion).toBe("failed");
    expect(report.steps).toEqual([
      ["Set up job", "failed"],
      ["s", "skipped"],
      ["Complete job", "succeeded"],
    ]);
  });
});

describe("hooks", () => {
  test("the administrator's scripts run before and after the job and see its variables", async () => {
    const before = join(lab.root, "before.sh");
    const after = join(lab.root, "after.sh");
    writeFileSync(before, 'echo "before $GITHUB_JOB"; echo HOOKED=yes >> $GITHUB_ENV');
    writeFileSync(after, "echo after; exit 2");
    const environment = { ACTIONS_RUNNER_HOOK_JOB_STARTED: before, ACTIONS_RUNNER_HOOK_JOB_COMPLETED: after };
    const report = await lab.run({ steps: [{ name: "s", run: "echo $HOOKED" }] }, { environment });

    expect(report.steps).toEqual([
      ["Set up job", "succeeded"],
      ["Set up runner", "succeeded"],
      ["s", "succeeded"],
      ["Complete runner", "failed"],
      ["Complete job", "succeeded"],
    ]);
    expect(report.log("Set up runner")).toContain("before build");
    expect(report.output("s")).toEqual(["yes"]);
    expect(report.conclusion).toBe("failed");
  });
});

/** Lets every wait on the clock end at once from now on. */
function turning(clock: ManualClock): NodeJS.Timeout {
  return setInterval(() => {
    for (const durationMs of clock.sleeping()) clock.advance(durationMs);
  }, 1);
}

/** Whether a process runs; one that ended and waits to be collected does not. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
