import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

function namesOf(strategy: object, job: object = {}): readonly string[] {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy, ...job } }));
  return lab.runs.jobs().map((each) => each.name);
}

test("a matrix is the product of its lists, the first list turning slowest", () => {
  expect(namesOf({ matrix: { os: ["linux", "mac"], node: [18, 20] } })).toEqual([
    "test (linux, 18)",
    "test (linux, 20)",
    "test (mac, 18)",
    "test (mac, 20)",
  ]);
});

test("exclude takes away every combination that it matches in part", () => {
  const matrix = {
    os: ["linux", "mac"],
    version: [12, 14],
    environment: ["staging", "production"],
    exclude: [
      { os: "mac", version: 12, environment: "production" },
      { os: "linux", version: 14 },
    ],
  };
  expect(namesOf({ matrix })).toEqual([
    "test (linux, 12, staging)",
    "test (linux, 12, production)",
    "test (mac, 12, staging)",
    "test (mac, 14, staging)",
    "test (mac, 14, production)",
  ]);
});

test("include adds to combinations it does not contradict, and else makes one of its own", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      test: {
        strategy: {
          matrix: {
            fruit: ["apple", "pear"],
            animal: ["cat", "dog"],
            include: [
              { color: "green" },
              { color: "pink", animal: "cat" },
              { fruit: "apple", shape: "circle" },
              { fruit: "banana" },
              { fruit: "banana", animal: "cat" },
            ],
          },
        },
      },
    }),
  );
  const matrixOf = (name: string) =>
    Object.fromEntries(
      (lab.message(name).contextData["matrix"] as unknown as { d: { k: string; v: unknown }[] }).d.map(({ k, v }) => [
        k,
        v,
      ]),
    );

  expect(lab.readyNames.map((name) => [name, matrixOf(name)])).toEqual([
    ["test (apple, cat)", { fruit: "apple", animal: "cat", color: "pink", shape: "circle" }],
    ["test (apple, dog)", { fruit: "apple", animal: "dog", color: "green", shape: "circle" }],
    ["test (pear, cat)", { fruit: "pear", animal: "cat", color: "pink" }],
    ["test (pear, dog)", { fruit: "pear", animal: "dog", color: "green" }],
    ["test (banana)", { fruit: "banana" }],
    ["test (banana, cat)", { fruit: "banana", animal: "cat" }],
  ]);
});

test("a matrix of include alone is one job for each entry, named by all its values", () => {
  expect(
    namesOf({
      matrix: {
        include: [
          { site: "production", dc: "a" },
          { site: "staging", dc: "b" },
        ],
      },
    }),
  ).toEqual(["test (production, a)", "test (staging, b)"]);
});

test("exclude is applied before include, so include brings back what exclude took", () => {
  const matrix = { v: [1, 2], exclude: [{ v: 2 }], include: [{ v: 2 }] };
  expect(namesOf({ matrix })).toEqual(["test (1)", "test (2)"]);
});

test("values of mappings and lists appear in the name leaf by leaf; empty ones do not appear", () => {
  const node = [{ version: 14 }, { version: 20, env: "NODE_OPTIONS=x" }, { version: 22, flags: ["-a", "", "-b"] }];
  expect(namesOf({ matrix: { node } })).toEqual(["test (14)", "test (20, NODE_OPTIONS=x)", "test (22, -a, -b)"]);
});

test("filters compare as == does: without regard to case, numbers equal to their text", () => {
  const matrix = { os: ["Linux", "mac"], v: [8], exclude: [{ OS: "LINUX", v: "8" }] };
  expect(namesOf({ matrix })).toEqual(["test (mac, 8)"]);
});

test("booleans and floats appear as they are written in expressions", () => {
  expect(namesOf({ matrix: { on: [true, false], v: [1.5, 3.1] } })).toEqual([
    "test (true, 1.5)",
    "test (true, 3.1)",
    "test (false, 1.5)",
    "test (false, 3.1)",
  ]);
});

test("a literal name takes the values, a name with expressions takes none", () => {
  const strategy = { matrix: { os: ["linux"], v: [1] } };
  expect(namesOf(strategy, { name: "Unit tests" })).toEqual(["Unit tests (linux, 1)"]);
  expect(namesOf(strategy, { name: "v${{ matrix.v }}" })).toEqual(["v1"]);
  expect(namesOf(strategy, { name: "${{ github.ref_name }}" })).toEqual(["main"]);
});

test("a name that evaluates to nothing falls back to the id with the values", () => {
  expect(namesOf({ matrix: { os: ["linux"] } }, { name: "${{ matrix.nothing }}" })).toEqual(["test (linux)"]);
});

test("a name longer than 100 characters ends in three dots", () => {
  const [name = ""] = namesOf({ matrix: { os: ["x".repeat(200)] } });
  expect(name).toHaveLength(100);
  expect(name).toMatch(/^test \(x+\.\.\.$/u);
});

test("a dynamic matrix takes its lists from the outputs of a job before it", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      plan: { outputs: { m: "${{ steps.x.outputs.m }}" } },
      test: { needs: "plan", strategy: { matrix: "${{ fromJSON(needs.plan.outputs.m) }}" } },
      report: { needs: "test" },
    }),
  );
  expect(lab.table).toEqual(["plan: queued", "test: waiting", "report: waiting"]);
  lab.finishAll({ plan: { outputs: { m: '{"os":["a","b"],"include":[{"os":"c","extra":1}]}' } } });

  expect(lab.table).toEqual([
    "plan: success",
    "test (a): success",
    "test (b): success",
    "test (c, 1): success",
    "report: success",
  ]);
});

test("one list of a matrix may come from an expression", () => {
  expect(namesOf({ matrix: { v: "${{ fromJSON('[1,2]') }}", os: ["x"] } })).toEqual(["test (1, x)", "test (2, x)"]);
});

test("a list without values fails the job and says why", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy: { matrix: { v: "${{ fromJSON('[]') }}" } } }, after: { needs: "test" } }));

  expect(lab.table).toEqual(["test: failure", "after: skipped"]);
  expect(lab.runs.problem(lab.runs.jobs()[0]?.id ?? "")).toContain("Matrix vector 'v' does not contain any values");
  expect(lab.conclusion()).toBe("failure");
});

test("a matrix without any list fails the job", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy: { matrix: "${{ fromJSON('{}') }}" } } }));

  expect(lab.table).toEqual(["test: failure"]);
  expect(lab.runs.problem(lab.runs.jobs()[0]?.id ?? "")).toContain("Matrix must define at least one vector");
});

test("an exclude key that the matrix does not have fails the job", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy: { matrix: { v: "${{ fromJSON('[1]') }}", exclude: [{ w: 1 }] } } } }));

  expect(lab.runs.problem(lab.runs.jobs()[0]?.id ?? "")).toContain(
    "Matrix exclude key 'w' does not match any key within the matrix",
  );
});

test("a matrix of more than 256 jobs fails the job", () => {
  const lab = new RunLab();
  const numbers = JSON.stringify(Array.from({ length: 17 }, (_, index) => index));
  const list = `\${{ fromJSON('${numbers}') }}`;
  lab.push(workflowOf({ test: { strategy: { matrix: { a: list, b: list } } } }));

  expect(lab.table).toEqual(["test: failure"]);
});

test("a failure cancels the queued and running jobs of its matrix", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy: { matrix: { v: [1, 2, 3] } } }, other: {} }));
  const running = lab.start("test (2)");
  lab.finish("test (1)", "failure");

  expect(lab.cancelled).toEqual(["test (2)", "test (3)"]);
  expect(lab.table).toEqual(["test (1): failure", "test (2): in_progress", "test (3): cancelled", "other: queued"]);
  lab.end(running, "cancelled");
  lab.finishAll();
  expect(lab.conclusion()).toBe("failure");
});

test("with fail-fast false the others go on, and the result is a failure", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({ test: { strategy: { "fail-fast": false, matrix: { v: [1, 2, 3] } } }, after: { needs: "test" } }),
  );
  lab.finishAll({ "test (1)": "failure" });

  expect(lab.table).toEqual(["test (1): failure", "test (2): success", "test (3): success", "after: skipped"]);
});

test("a job of a matrix that may fail neither stops the others nor fails the run", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      test: {
        "continue-on-error": "${{ matrix.experimental }}",
        strategy: { matrix: { v: [1, 2], experimental: [false], include: [{ v: 3, experimental: true }] } },
      },
      after: { needs: "test" },
    }),
  );
  lab.finish("test (3, true)", "failure");
  lab.finishAll();

  expect(lab.table).toEqual([
    "test (1, false): success",
    "test (2, false): success",
    "test (3, true): failure",
    "after: success",
  ]);
  expect(lab.conclusion()).toBe("success");
});

test("continue-on-error takes a boolean; a value that the matrix does not have fails the job", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { "continue-on-error": "${{ matrix.flag }}", strategy: { matrix: { v: [1] } } } }));

  expect(lab.table).toEqual(["test: failure"]);
  expect(lab.runs.problem(lab.runs.jobs()[0]?.id ?? "")).toMatch(
    /^Error when evaluating 'continue-on-error' for job 'test'\. \S+ \(Line: 1, Col: \d+\): Unexpected value ''$/u,
  );
});

test("max-parallel holds the rest of the matrix back until one ends", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy: { "max-parallel": 2, matrix: { v: [1, 2, 3, 4] } } } }));
  expect(lab.table).toEqual(["test (1): queued", "test (2): queued", "test (3): waiting", "test (4): waiting"]);

  lab.finish("test (2)");
  expect(lab.readyNames).toEqual(["test (1)", "test (3)"]);
  lab.finishAll();
  expect(lab.conclusion()).toBe("success");
});

test("with max-parallel 1 a failure cancels what was held back without ever starting it", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy: { "max-parallel": 1, matrix: { v: [1, 2, 3] } } } }));
  lab.finish("test (1)", "failure");

  expect(lab.readyNames).toEqual([]);
  expect(lab.cancelled).toEqual([]);
  expect(lab.table).toEqual(["test (1): failure", "test (2): cancelled", "test (3): cancelled"]);
});

test("the outputs of a matrix are those of all its jobs; the last one to set a name wins", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      test: { strategy: { matrix: { v: [1, 2] } } },
      after: { needs: "test", name: "${{ needs.test.outputs.same }} ${{ needs.test.outputs.one }}" },
    }),
  );
  lab.finish("test (2)", { outputs: { same: "two", two: "2" } });
  lab.finish("test (1)", { outputs: { same: "one", one: "1", two: "" } });

  expect(lab.readyNames).toEqual(["one 1"]);
});

test("runs-on, timeout and group are evaluated for each job of the matrix", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      test: {
        strategy: { matrix: { os: ["linux", "mac"], minutes: [7] } },
        "runs-on": { group: "org/Big", labels: ["self-hosted", "${{ matrix.os }}", "Self-Hosted"] },
        "timeout-minutes": "${{ matrix.minutes }}",
      },
    }),
  );

  expect(lab.ready).toMatchObject([
    { labels: ["self-hosted", "linux"], runnerGroup: "Big", timeoutMinutes: 7 },
    { labels: ["self-hosted", "mac"], runnerGroup: "Big", timeoutMinutes: 7 },
  ]);
});

test("the strategy context tells each job its place", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ test: { strategy: { "fail-fast": false, matrix: { v: [1, 2] } } } }));

  expect(lab.message("test (2)").contextData["strategy"]).toEqual({
    t: 2,
    d: [
      { k: "fail-fast", v: false },
      { k: "job-index", v: 1 },
      { k: "job-total", v: 2 },
      { k: "max-parallel", v: 2 },
    ],
  });
});

test("numbers of a matrix are written as GitHub writes them, and infinity reaches the runner", () => {
  const lab = new RunLab();
  lab.push(
    "on: push\njobs: { test: { runs-on: linux, env: { BIG: 1e17, INF: .inf }, strategy: { matrix: { n: [1e17, 1.10, 0x10, .inf, -.inf, .nan] } }, steps: [{ run: 'true' }] } }",
  );
  expect(lab.readyNames).toEqual([
    "test (1E+17)",
    "test (1.1)",
    "test (16)",
    "test (Infinity)",
    "test (-Infinity)",
    "test (NaN)",
  ]);
  const { contextData, environmentVariables } = lab.message("test (-Infinity)");
  expect(contextData["matrix"]).toEqual({ t: 2, d: [{ k: "n", v: { t: 4, n: "-Infinity" } }] });
  expect(JSON.stringify(environmentVariables)).toContain(
    '[{"Key":"BIG","Value":"1E+17"},{"Key":"INF","Value":"Infinity"}]',
  );
});

test("keys of a matrix stand in their order, also when they read as numbers", () => {
  expect(namesOf({ matrix: `\${{ fromJSON('{"10":["a"],"9":[{"2":"b","1":"c"}]}') }}` })).toEqual(["test (a, b, c)"]);
});
