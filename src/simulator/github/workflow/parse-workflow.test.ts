import { expect, test } from "vitest";
import { parseWorkflows } from "./parse-workflow.ts";
import { sortPushedFiles } from "./pushed-files.ts";

type Files = Readonly<Record<string, string>>;

function parse(files: Files | string) {
  const byPath: Files = typeof files === "string" ? { ".github/workflows/ci.yml": files } : files;
  return parseWorkflows(sortPushedFiles(Object.entries(byPath).map(([path, text]) => ({ path, text }))));
}

/** Each error as `line:column message`. */
function errorsOf(files: Files | string): readonly string[] {
  return parse(files).errors.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** A workflow of one job, whose lines begin at line 5. */
function job(...lines: readonly string[]): string {
  return ["on: push", "jobs:", "  a:", "    runs-on: linux", ...lines.map((line) => `    ${line}`), ""].join("\n");
}

const steps = ["steps:", "  - run: true"];

test("a workflow file is accepted and keeps the order of its jobs", () => {
  const { workflows, errors } = parse(job(...steps).replace("jobs:", "name: CI\njobs:"));

  expect(errors).toEqual([]);
  expect(workflows).toMatchObject([
    { name: "CI", path: ".github/workflows/ci.yml", jobs: [{ id: "a", condition: "success()" }] },
  ]);
});

test("a workflow without a name is called by its path", () => {
  expect(parse(job(...steps)).workflows[0]?.name).toBe(".github/workflows/ci.yml");
});

test.each([
  ["an unknown key of a job", job(...steps, "retries: 3"), "7:5 Unexpected value 'retries'"],
  ["an unknown key of a step", job("steps:", "  - run: true", "    retry: 1"), "7:9 Unexpected value 'retry'"],
  ["an unknown key of the file", `extra: 1\n${job(...steps)}`, "1:1 Unexpected value 'extra'"],
  ["an unknown event", job(...steps).replace("push", "pusch"), "1:5 Unexpected value 'pusch'"],
  [
    "a job without runs-on",
    "on: push\njobs:\n  a:\n    steps: [{run: x}]\n",
    "4:5 Required property is missing: runs-on",
  ],
  [
    "a list of no labels",
    "on: push\njobs:\n  a:\n    runs-on: []\n    steps: [{run: x}]\n",
    "4:14 'runs-on' names no label",
  ],
  [
    "no labels and no group",
    "on: push\njobs:\n  a:\n    runs-on: {labels: []}\n    steps: [{run: x}]\n",
    "4:23 'runs-on' names no label",
  ],
  ["a key that stands twice", job(...steps, "runs-on: mac"), "7:5 'runs-on' is already defined"],
  ["no jobs", "on: push\n", "1:1 Required property is missing: jobs"],
  ["no trigger", "jobs:\n  a: {runs-on: x, steps: [{run: x}]}\n", "1:1 Required property is missing: on"],
  ["a list where a value belongs", job(...steps, "timeout-minutes: [1]"), "7:22 A sequence was not expected"],
  ["a text where a number belongs", job(...steps, "timeout-minutes: soon"), "7:22 Unexpected value 'soon'"],
  ["a job id with a space", job(...steps).replace("  a:", '  "a b":'), /^3:3 The identifier 'a b' is invalid/u],
  ["an empty file", "", "1:1 No event triggers defined in `on`"],
  ["a file of comments", "# later\n", "1:1 No event triggers defined in `on`"],
  ["a list of no events", "on: []\njobs: {a: {runs-on: x, steps: [{run: x}]}}\n", /^1:5 No event triggers/u],
  ["no jobs at all", "on: push\njobs: {}\n", /^2:7 The workflow must contain at least one job/u],
  [
    "branches and branches-ignore for one event",
    job(...steps).replace("on: push", "on: {push: {branches: [a], branches-ignore: [b]}}"),
    "1:45 you may only define one of `branches` and `branches-ignore` for a single event",
  ],
  ["a condition that YAML takes for a tag", job(...steps, "if: !cancelled()"), "7:9 Unexpected tag '!cancelled()'"],
  ["two YAML documents", `${job(...steps)}---\non: push\n`, "7:1 The file holds more than one YAML document"],
  [
    "two step ids that differ by case only",
    job("steps:", "  - {id: x, run: a}", "  - {id: X, run: b}"),
    /^7:14 The identifier 'X' may not/u,
  ],
  [
    "a step id used twice",
    job("steps:", "  - {id: x, run: a}", "  - {id: x, run: b}"),
    /^7:14 The identifier 'x' may not/u,
  ],
  ["a step without run or uses", job("steps:", "  - name: nothing"), /^6:9 There's not enough info/u],
  [
    "a wrong cron",
    job(...steps).replace("push", "{schedule: [{cron: '61 * * * *'}]}"),
    /^1:24 Invalid cron expression/u,
  ],
])("%s is refused at its place", (_what, text, expected) => {
  const [first] = errorsOf(text);
  if (typeof expected === "string") expect(first).toBe(expected);
  else expect(first).toMatch(expected);
  expect(parse(text).workflows).toEqual([]);
});

test.each([
  ["an unknown context", "run: echo ${{ githb.ref }}", "6:19 Unrecognized named-value: 'githb'"],
  ["an unknown function", "run: echo ${{ hash('x') }}", "6:19 Unrecognized function: 'hash'"],
  ["a context that is not there", "run: echo ${{ jobs.a }}", "6:19 Unrecognized named-value: 'jobs'"],
  ["a status function outside if", "run: echo ${{ success() }}", "6:19 Unrecognized function: 'success'"],
  ["an open expression", "run: echo ${{ github.ref", /^6:14 The expression is not closed/u],
  ["an empty expression", "run: echo ${{ }}", "6:19 An expression was expected"],
  ["a double-quoted string", 'run: echo ${{ "x" }}', /^6:19 /u],
  ["too few arguments", "run: echo ${{ contains('x') }}", /^6:19 Too few parameters supplied/u],
  ["a secret in a condition", "{if: secrets.X != '', run: x}", "6:14 Unrecognized named-value: 'secrets'"],
  ["an open bracket in a condition", "{if: (github.ref, run: x}", /^6:14 Unexpected end of expression/u],
])("an expression with %s is refused at its place", (_what, step, expected) => {
  const [first] = errorsOf(job("steps:", `  - ${step}`));
  if (typeof expected === "string") expect(first).toBe(expected);
  else expect(first).toMatch(expected);
});

test("an error inside a block of a script is reported at its line and column in the file", () => {
  const text = job("steps:", "  - run: |", "      echo one", "      echo ${{ nope.x }}");
  expect(errorsOf(text)).toEqual(["8:16 Unrecognized named-value: 'nope'"]);
});

test("env is not available in a job's condition, matrix not in that of a workflow's env", () => {
  expect(errorsOf(job(...steps, "if: env.X == '1'"))).toEqual(["7:9 Unrecognized named-value: 'env'"]);
  expect(errorsOf(`env: {A: "\${{ matrix.x }}"}\n${job(...steps)}`)).toEqual([
    "1:11 Unrecognized named-value: 'matrix'",
  ]);
});

test("all errors of a file are told at once, in the order of the file", () => {
  const text = job("bogus: 1", "steps:", "  - run: ${{ nope }}", "other: 2");
  expect(errorsOf(text)).toEqual([
    "5:5 Unexpected value 'bogus'",
    "7:14 Unrecognized named-value: 'nope'",
    "8:5 Unexpected value 'other'",
  ]);
});

test("text that is no YAML is refused at its place", () => {
  expect(errorsOf("on: push\njobs:\n  a: [\n")[0]).toMatch(/^\d+:\d+ /u);
  expect(errorsOf("on: push\n\tjobs: {}\n")[0]).toMatch(/^2:\d+ /u);
  expect(errorsOf("")[0]).toMatch(/^1:1 /u);
});

test("of text that is no YAML the first error is told, not what follows from it", () => {
  const text = job("steps: [{run: echo ${{ github.ref }}}]", "env: {A: 1}", "name: x");

  expect(errorsOf(text)).toEqual(["5:25 Unexpected flow-map-start at node end"]);
});

test("a colon within a value and a line that is indented too far look alike to YAML, and the remedy names both", () => {
  const colon = parse(job("steps:", "  - name: a: b", "    run: x")).errors;
  const indent = parse("on: push\njobs:\n  a:\n    runs-on: linux\n      steps: []\n").errors;
  for (const [error] of [colon, indent]) expect(error?.remedy).toMatch(/quotes if it has a colon.+indentation/u);
});

test("a need that no job has, and needs that form a circle, are refused at the need", () => {
  const chained = (needsOfA: string, needsOfB: string) =>
    `on: push\njobs:\n  z: {runs-on: x, steps: [{run: x}]}\n` +
    `  a: {needs: ${needsOfA}, runs-on: x, steps: [{run: x}]}\n  b: {needs: ${needsOfB}, runs-on: x, steps: [{run: x}]}\n`;
  expect(errorsOf(chained("nobody", "z"))).toEqual(["4:14 Job 'a' depends on unknown job 'nobody'."]);
  expect(errorsOf(chained("b", "[z, a]"))).toEqual([
    "4:14 Job 'a' depends on job 'b' which creates a cycle in the dependency graph.",
    "5:18 Job 'b' depends on job 'a' which creates a cycle in the dependency graph.",
  ]);
  expect(errorsOf(chained("a", "z"))).toEqual([
    "4:14 Job 'a' depends on job 'a' which creates a cycle in the dependency graph.",
  ]);
});

test("ancestors are needs, their needs, and so on", () => {
  const text = `on: push
jobs:
  a: {runs-on: x, steps: [{run: x}]}
  b: {needs: A, runs-on: x, steps: [{run: x}]}
  c: {needs: [b, b], runs-on: x, steps: [{run: x}]}
`;
  expect(parse(text).workflows[0]?.jobs.map(({ needs, ancestors }) => [needs, ancestors])).toEqual([
    [[], []],
    [["a"], ["a"]],
    [["b"], ["b", "a"]],
  ]);
});

test("a workflow_dispatch takes twenty-five inputs and no more", () => {
  const inputs = Array.from({ length: 26 }, (_, index) => `      i${index + 1}: {}`);
  const dispatch = (count: number) => [
    "on:",
    "  workflow_dispatch:",
    "    inputs:",
    ...inputs.slice(0, count),
    "jobs: {a: {runs-on: x, steps: [{run: x}]}}",
  ];

  expect(parse(dispatch(25).join("\n")).errors).toEqual([]);
  expect(
    parse(dispatch(26).join("\n")).errors.map(({ line, column, message }) => `${line}:${column} ${message}`),
  ).toEqual(["29:7 you may only define up to 25 `inputs` for a `workflow_dispatch` event"]);
});

test.each([
  ["a container", job(...steps, "container: node:20"), "7:5 Job containers are not supported"],
  ["services", job(...steps, "services: {db: {image: postgres}}"), "7:5 Service containers are not supported"],
  [
    "a reusable workflow",
    "on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n",
    "4:5 Reusable workflows are not supported",
  ],
  [
    "an action of another repository",
    job("steps:", "  - uses: actions/checkout@v4"),
    "6:15 The action 'actions/checkout@v4' is not supported",
  ],
  [
    "a Docker action",
    job("steps:", "  - uses: docker://alpine:3"),
    "6:15 The Docker image 'docker://alpine:3' is not supported",
  ],
  [
    "an action of the repository at the running commit",
    job("steps:", "  - uses: $/act"),
    "6:15 The self repository reference '$/act' is not supported",
  ],
  [
    "a script with an expression that is longer than GitHub takes",
    job("steps:", `  - run: "echo ${"x".repeat(10_500)} \${{ github.ref }} ${"x".repeat(10_500)}"`),
    "6:14 Exceeded max expression length 21000",
  ],
  [
    "a group of parallel steps",
    job("steps:", "  - parallel:", "      - run: a", "  - run: b"),
    "6:9 Parallel steps are not supported",
  ],
  ["a local action that is not there", job("steps:", "  - uses: ./act"), "6:15 Local action './act' has no action.yml"],
  [
    "a local action outside the repository",
    job("steps:", "  - uses: ./../act"),
    "6:15 Local action './../act' lies outside",
  ],
  ["a job without steps", "on: push\njobs:\n  a:\n    runs-on: x\n", "3:3 No steps defined in `steps`"],
])("%s is refused at its place, with what to do instead", (_what, text, expected) => {
  const { errors, workflows } = parse(text);

  expect(errors.map(({ line, column, message }) => `${line}:${column} ${message}`.slice(0, expected.length))).toEqual([
    expected,
  ]);
  expect(errors[0]?.remedy).toMatch(/^[A-Z].{15,}\.$/u);
  expect(workflows).toEqual([]);
});

test.each([
  [
    "a list of a matrix without values",
    ["strategy:", "  matrix:", "    v: []"],
    "7:12 Matrix vector 'v' does not contain any values",
  ],
  ["a matrix without lists", ["strategy:", "  matrix: {}"], "6:15 Matrix must define at least one vector"],
  [
    "an exclude key that the matrix does not have",
    ["strategy: {matrix: {v: [1], exclude: [{w: 1}]}}"],
    "5:42 Matrix exclude key 'w' does not match any key within the matrix",
  ],
  [
    "a line of waiting jobs that are cancelled all the same",
    ["concurrency: {group: g, cancel-in-progress: true, queue: max}"],
    "5:18 'queue: max' cannot be combined with 'cancel-in-progress: true'",
  ],
])("%s is refused when it stands in the file, without waiting for the job", (_what, lines, expected) => {
  expect(errorsOf(job(...lines, ...steps))).toEqual([expected]);
});

test("everything that is refused in a file is told at once", () => {
  const text = job("container: x", "services: {}", "steps:", "  - uses: a/b@v1", "  - uses: ./nowhere");
  expect(errorsOf(text)).toHaveLength(4);
});

const composite = (...lines: readonly string[]) => ["runs:", "  using: composite", "  steps:", ...lines, ""].join("\n");

test("a local composite action is accepted with the composite actions it uses, and all files of their folders", () => {
  const { workflows, errors } = parse({
    "repo/.github/workflows/ci.yml": job("steps:", "  - uses: ./one/"),
    "repo/one/action.yaml": composite("    - uses: ./two", "    - {run: x, shell: bash}"),
    "repo/one/lib/x.sh": "echo x",
    "repo/two/action.yml": composite("    - {run: y, shell: bash}"),
    "repo/other.txt": "",
  });

  expect(errors).toEqual([]);
  const { localActions } = workflows[0]?.jobs[0] ?? {};
  expect(Object.entries(localActions ?? {}).map(([path, { files }]) => [path, Object.keys(files)])).toEqual([
    ["./one/", ["action.yaml", "lib/x.sh"]],
    ["./two", ["action.yml"]],
  ]);
});

test.each([
  ["a step without shell", composite("    - run: x"), "act/action.yml 4:7 Required property is missing: shell"],
  [
    "a foreign action",
    composite("    - uses: a/b@v1"),
    "act/action.yml 4:13 The action 'a/b@v1' is not supported: the simulator fetches nothing",
  ],
  [
    "another kind",
    "runs:\n  using: node20\n  main: x.js\n",
    "act/action.yml 2:10 Only composite actions run here; this one says 'node20'",
  ],
  [
    "a wrong expression",
    composite('    - {run: "${{ secrets.X }}", shell: bash}'),
    "act/action.yml 4:14 Unrecognized named-value: 'secrets'",
  ],
  [
    "a wrong condition",
    composite("    - {if: nope, run: x, shell: bash}"),
    "act/action.yml 4:12 Unrecognized named-value: 'nope'",
  ],
  ["itself", composite("    - uses: ./act/", "    - uses: ./act"), undefined],
])("a local action with %s", (_what, text, expected) => {
  const { errors } = parse({ ".github/workflows/ci.yml": job("steps:", "  - uses: ./act"), "act/action.yml": text });

  expect(errors.map(({ file, line, column, message }) => `${file} ${line}:${column} ${message}`)).toEqual(
    expected === undefined ? [] : [expected],
  );
});

test("a wrong file gives no workflow; the others of the push are not affected", () => {
  const { workflows, errors } = parse({
    ".github/workflows/good.yml": job(...steps),
    ".github/workflows/bad.yaml": job("bogus: 1"),
  });

  expect(workflows.map((workflow) => workflow.path)).toEqual([".github/workflows/good.yml"]);
  expect(new Set(errors.map((error) => error.file))).toEqual(new Set([".github/workflows/bad.yaml"]));
});

test("anchors and aliases are resolved; an alias to itself is refused", () => {
  const { workflows, errors } = parse(
    `on: push\njobs:\n  a: &a\n    runs-on: &on linux\n    steps: &s\n      - run: x\n  b:\n    runs-on: *on\n    steps: *s\n  c: *a\n`,
  );
  expect(errors).toEqual([]);
  expect(workflows[0]?.jobs.map((each) => each.steps.length)).toEqual([1, 1, 1]);
  expect(errorsOf("on: push\njobs: &j\n  a: *j\n")[0]).toMatch(/^3:6 The alias '\*j' refers to itself/u);
});

test("aliases that multiply a file beyond measure are refused", () => {
  const levels = Array.from({ length: 9 }, (_, index) => {
    const aliases = Array.from({ length: 9 }, () => `*l${index}`).join(", ");
    return `  l${index + 1}: &l${index + 1} [${aliases}]`;
  });
  expect(errorsOf(`on: push\nenv:\n  l0: &l0 x\n${levels.join("\n")}\njobs: {}\n`)[0]).toMatch(
    /more than 50000 nodes|Excessive alias/u,
  );
});
