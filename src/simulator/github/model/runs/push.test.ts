import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

const dispatch = (inputs: object) => ({ on: { workflow_dispatch: { inputs } } });
const inputs = {
  who: { required: true, default: "world" },
  dry: { type: "boolean" },
  count: { type: "number", default: 3 },
  level: { type: "choice", options: ["low", "high"], default: "low" },
};

function dispatched(declared: object, given: Readonly<Record<string, string>>) {
  const lab = new RunLab();
  const result = lab.push(workflowOf({ a: { name: "${{ toJSON(inputs) }}" } }, dispatch(declared)), {
    event: "workflow_dispatch",
    inputs: given,
  });
  return { lab, result };
}

test("a push answers with its runs and jobs", () => {
  const lab = new RunLab();
  const result = lab.push(workflowOf({ a: {}, b: { needs: "a", strategy: { matrix: { v: [1, 2] } } } }));

  expect(result.runs).toMatchObject([{ id: 1, workflow: "CI", jobs: [{ name: "a" }, { name: "b" }] }]);
  expect(result.runs[0]?.jobs.map((job) => job.id)).toEqual(lab.runs.jobs().map((job) => job.id));
  expect(result.errors).toEqual([]);
});

test("of a push with a wrong file the right ones run, and the wrong one is told", () => {
  const lab = new RunLab();
  const result = lab.push({
    ".github/workflows/a.yml": workflowOf({ a: {} }),
    ".github/workflows/b.yml": "on: push\njobs: 1\n",
  });

  expect(result.runs.map((run) => run.path)).toEqual([".github/workflows/a.yml"]);
  expect(result.errors).toMatchObject([{ file: ".github/workflows/b.yml", line: 2, column: 7 }]);
  expect(lab.readyNames).toEqual(["a"]);
});

test("a workflow that does not listen to the event is left out, with the reason", () => {
  const lab = new RunLab();
  const result = lab.push(workflowOf({ a: {} }, { on: "workflow_dispatch" }));

  expect(result).toMatchObject({
    runs: [],
    ignored: [{ file: ".github/workflows/ci.yml", reason: "it does not listen to push" }],
  });
});

test("a boolean input keeps its type, a number is checked and stays text; defaults stand where nothing was given", () => {
  const { lab } = dispatched(inputs, { dry: "true" });
  expect(JSON.parse(lab.readyNames[0] ?? "")).toEqual({ who: "world", dry: true, count: "3", level: "low" });
});

test("a boolean input that was not given is false, other inputs without default are empty", () => {
  const { lab } = dispatched({ dry: { type: "boolean" }, text: {} }, {});
  expect(JSON.parse(lab.readyNames[0] ?? "")).toEqual({ dry: false, text: "" });
});

test("a default may be written as another type than its input has: its text counts", () => {
  const declared = {
    quoted: { type: "boolean", default: "true" },
    plain: { default: 7 },
    flag: { default: false },
    count: { type: "number", default: "3" },
  };
  const { lab } = dispatched(declared, {});
  expect(JSON.parse(lab.readyNames[0] ?? "")).toEqual({ quoted: true, plain: "7", flag: "false", count: "3" });
});

test("github.event.inputs holds the same inputs as text", () => {
  const lab = new RunLab();
  const job = { name: "${{ github.event.inputs.dry == 'true' }} ${{ inputs.dry == true }}" };
  lab.push(workflowOf({ a: job }, dispatch(inputs)), { event: "workflow_dispatch", inputs: { dry: "true" } });

  expect(lab.readyNames).toEqual(["true true"]);
});

test.each([
  [
    { level: "mid" },
    "Provided value 'mid' for input 'level' not in the list of allowed values",
    "Give one of: low, high.",
  ],
  [{ dry: "yes" }, "Provided value 'yes' for input 'dry' is not a boolean", "Give true or false."],
  [{ count: "many" }, "Provided value 'many' for input 'count' is not a number", "Give a number."],
  [{ who: "" }, "Required input 'who' not provided", "Give it with the dispatch: --input who=VALUE."],
  [{ other: "1" }, "Unexpected input provided: 'other'", "Leave it out, or use one of: who, dry, count, level."],
])("inputs %j are refused", (given, message, remedy) => {
  const { result, lab } = dispatched(inputs, given);

  expect(result.runs).toEqual([]);
  expect(result.errors).toMatchObject([{ file: ".github/workflows/ci.yml", message, remedy }]);
  expect(lab.runs.jobs()).toEqual([]);
});

test("an input that another workflow of the push declares is not held against this one", () => {
  const lab = new RunLab();
  const result = lab.push(
    {
      ".github/workflows/a.yml": workflowOf({ a: {} }, dispatch({ x: {} })),
      ".github/workflows/b.yml": workflowOf({ b: {} }, dispatch({})),
    },
    { event: "workflow_dispatch", inputs: { x: "1" } },
  );

  expect(result.errors).toEqual([]);
  expect(lab.readyNames).toEqual(["a", "b"]);
});

test("run-name names the run; without it the commit's first line does, and for a dispatch the workflow", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {} }, { "run-name": "Deploy ${{ github.ref_name }} by @${{ github.actor }}" }), {
    actor: "mona",
  });
  lab.push(workflowOf({ a: {} }), { message: "Fix it\n\nReally" });
  lab.push(workflowOf({ a: {} }), { event: "workflow_dispatch" });
  lab.push(workflowOf({ a: {} }, { "run-name": "${{ inputs.nothing }}" }), { message: "Fall back" });

  expect(lab.runs.runs().map((run) => run.title)).toEqual(["Deploy main by @mona", "Fix it", "CI", "Fall back"]);
});

test("run numbers count by workflow, ids by run", () => {
  const lab = new RunLab();
  lab.push({ ".github/workflows/a.yml": workflowOf({ a: {} }), ".github/workflows/b.yml": workflowOf({ b: {} }) });
  lab.push({ ".github/workflows/a.yml": workflowOf({ a: {} }) });

  expect(lab.runs.runs().map(({ id, number }) => [id, number])).toEqual([
    [1, 1],
    [2, 1],
    [3, 2],
  ]);
});

test("the commits of a push come without the paths they change, as Actions gets them", () => {
  const lab = new RunLab();
  const job = { name: "${{ join(github.event.commits.*.modified) }}|${{ toJSON(github.event.head_commit.added) }}" };
  lab.push(workflowOf({ a: job }, { on: "push" }));

  expect(lab.runs.jobs().map(({ name }) => name)).toEqual(["|null"]);
});

test("conditions may look at the event: reference, message, head and base of a pull request", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf(
      {
        tag: { if: "startsWith(github.ref, 'refs/tags/') && github.ref_type == 'tag' && github.ref_name == 'v1'" },
        skip: { if: "!contains(github.event.head_commit.message, '[skip]')" },
      },
      { on: "push" },
    ),
    { ref: "refs/tags/v1", message: "x [skip]" },
  );
  lab.push(
    workflowOf(
      {
        pr: {
          if: "github.base_ref == 'main' && github.head_ref == 'feature' && github.event.pull_request.number == 1",
        },
      },
      { on: "pull_request" },
    ),
    { event: "pull_request" },
  );

  expect(lab.table).toEqual(["tag: queued", "skip: skipped", "pr: queued"]);
});

test("members of the event that are given take the place of the usual ones", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { if: "github.event.action == 'labeled'" } }, { on: { issues: { types: ["labeled"] } } }), {
    event: "issues",
    payload: { action: "labeled" },
  });

  expect(lab.table).toEqual(["a: queued"]);
});

test("vars are there for conditions, names and runs-on", () => {
  const lab = new RunLab({ vars: { POOL: "big", ON: "yes" } });
  lab.push(workflowOf({ a: { if: "vars.ON == 'yes'", "runs-on": "${{ vars.POOL }}", name: "a ${{ vars.on }}" } }));

  expect(lab.ready).toMatchObject([{ name: "a yes", labels: ["big"] }]);
});

test("ids of runs and jobs come from the service when it hands them in", () => {
  const lab = new RunLab({ nextRunId: () => 700, nextJobId: () => 900 });
  const { runs } = lab.push(workflowOf({ a: {} }));

  expect(runs[0]?.id).toBe(700);
  expect(lab.ready[0]).toMatchObject({ runId: 700, restJobId: 900 });
});

test("the same pushes give the same ids again", () => {
  const idsOf = () => {
    const lab = new RunLab();
    lab.push(workflowOf({ a: {}, b: {} }));
    return lab.runs.jobs().map((job) => job.id);
  };
  expect(idsOf()).toEqual(idsOf());
});

test("three hundred jobs behind one another are skipped one after the other", () => {
  const lab = new RunLab();
  const jobs = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `j${index}`,
      index === 0 ? { if: "false" } : { needs: `j${index - 1}` },
    ]),
  );
  lab.push(workflowOf(jobs));

  expect(lab.runs.jobs().every((job) => job.conclusion === "skipped")).toBe(true);
});

const membersOf = (context: unknown) =>
  Object.fromEntries((context as { d: { k: string; v: unknown }[] }).d.map(({ k, v }) => [k, v]));

test("a push tells where its reference stood before, and whether it is new", () => {
  const lab = new RunLab();
  const [first, second, other] = ["a", "b", "c"].map((letter) => letter.repeat(40));
  const eventOf = (sha: string | undefined, ref: string) => {
    lab.push(workflowOf({ a: { env: { E: "${{ toJSON(github.event) }}" } } }), { ...(sha && { sha }), ref });
    return membersOf(membersOf(lab.message("a").contextData["github"])["event"]);
  };

  expect(eventOf(first, "main")).toMatchObject({ before: "0".repeat(40), after: first, created: true });
  expect(eventOf(other, "refs/tags/v1")).toMatchObject({ before: "0".repeat(40), created: true });
  expect(eventOf(second, "refs/heads/main")).toMatchObject({
    before: first,
    after: second,
    created: false,
    compare: "https://github.com/acme/widgets/compare/aaaaaaaaaaaa...bbbbbbbbbbbb",
  });
});
