import { expect, test } from "vitest";
import { RunLab } from "./testing/run-lab.ts";

const workflow = `name: CI
on: push
env:
  LEVEL: workflow
  REF: \${{ github.ref_name }}
defaults:
  run:
    shell: bash
permissions:
  contents: read
  pull-requests: write
jobs:
  build:
    name: Build \${{ matrix.os }}
    runs-on: [self-hosted, "\${{ matrix.os }}"]
    environment:
      name: staging
      url: \${{ steps.make.outputs.url }}
    env:
      LEVEL: job
    defaults:
      run:
        working-directory: src
    strategy:
      matrix:
        os: [linux]
        bits: [64]
    outputs:
      url: \${{ steps.make.outputs.url }}
    steps:
      - id: make
        run: |
          echo "it's {\${{ matrix.os }}}"
            indented
        env:
          TOKEN: \${{ secrets.GITHUB_TOKEN }}
        timeout-minutes: 3
        continue-on-error: \${{ matrix.bits == 64 }}
      - name: Named \${{ github.sha }}
        if: steps.make.outcome == 'success'
        run: make test
        shell: sh
        working-directory: test
      - if: \${{ always() && !cancelled() }}
        uses: ./actions/report
        with:
          level: 3
`;
const action = {
  "actions/report/action.yml": "name: r\nruns:\n  using: composite\n  steps:\n    - run: ./x.sh\n      shell: bash\n",
};

function messageLab(): RunLab {
  const lab = new RunLab({ vars: { COLOR: "red" }, secrets: { DEPLOY_KEY: "s.3" } });
  lab.push(
    { ".github/workflows/ci.yml": workflow, ...action, "actions/report/x.sh": "true\n" },
    { sha: "f".repeat(40) },
  );
  return lab;
}

test("the message of a job is what runners expect, with expressions left to them", () => {
  const message = messageLab().message("Build linux");
  const { contextData, ...rest } = message;

  expect(rest).toMatchSnapshot();
  expect(Object.keys(contextData)).toEqual(["github", "needs", "vars", "strategy", "matrix", "job", "inputs"]);
  expect(contextData["job"]).toEqual({
    t: 2,
    d: [
      { k: "check_run_id", v: 1 },
      { k: "workflow_ref", v: "acme/widgets/.github/workflows/ci.yml@refs/heads/main" },
      { k: "workflow_sha", v: "f".repeat(40) },
      { k: "workflow_repository", v: "acme/widgets" },
      { k: "workflow_file_path", v: ".github/workflows/ci.yml" },
    ],
  });
  expect(contextData["vars"]).toEqual({ t: 2, d: [{ k: "COLOR", v: "red" }] });
  expect(contextData["matrix"]).toEqual({
    t: 2,
    d: [
      { k: "os", v: "linux" },
      { k: "bits", v: 64 },
    ],
  });
  // Empty, not absent, for an event without inputs.
  expect(contextData["inputs"]).toEqual({ t: 2, d: [] });
});

test("a script keeps its lines and loses its indentation, also when it holds expressions", () => {
  const [step] = messageLab().message("Build linux").steps;

  expect(step?.inputs).toMatchObject({
    map: [{ Key: "script", Value: { type: 3, expr: `format('echo "it''s {{{0}}}"\n  indented\n', matrix.os)` } }],
  });
  expect(step?.displayNameToken).toEqual({ type: 3, expr: `format('Run echo "it''s {{{0}}}"', matrix.os)` });
});

test("a script whose first line leaves an expression open is named by what it evaluates to", () => {
  const lab = new RunLab();
  const script = ["echo ${{", "  github.job", "}} done", "echo two"].map((line) => `          ${line}`).join("\n");
  lab.push(`on: push\njobs:\n  a:\n    runs-on: linux\n    steps:\n      - run: |\n${script}\n`);

  expect(lab.message("a").steps[0]?.displayNameToken).toEqual({
    type: 3,
    expr: "format('Run {0}', format('echo {0} done\necho two\n', github.job))",
  });
});

test("conditions are expressions without braces that always hold a status function", () => {
  expect(
    messageLab()
      .message("Build linux")
      .steps.map((step) => step.condition),
  ).toEqual(["success()", "success() && (steps.make.outcome == 'success')", "always() && !cancelled()"]);
});

test("a local action is named by its path, and its files travel with the message", () => {
  const message = messageLab().message("Build linux");

  expect(message.steps[2]).toMatchObject({
    contextName: "__self",
    displayNameToken: "Run ./actions/report",
    reference: { type: "repository", repositoryType: "self", path: "./actions/report" },
    inputs: { type: 2, map: [{ Key: "level", Value: "3" }] },
  });
  expect(message.droverLocalActions).toEqual({
    "./actions/report": { files: { "action.yml": action["actions/report/action.yml"], "x.sh": "true\n" } },
  });
});

test("the github context has every member that a runner or a workflow may miss, ids and numbers as text", () => {
  const { contextData } = messageLab().message("Build linux");
  const github = Object.fromEntries(
    (contextData["github"] as { d: readonly { k: string; v: unknown }[] }).d.map(({ k, v }) => [k, v]),
  );

  expect(github).toMatchObject({
    actor: "octocat",
    api_url: "http://127.0.0.1:4000/api/v3",
    base_ref: "",
    event: { t: 2 },
    event_name: "push",
    graphql_url: "http://127.0.0.1:4000/api/graphql",
    head_ref: "",
    job: "build",
    ref: "refs/heads/main",
    ref_name: "main",
    ref_protected: false,
    ref_type: "branch",
    repository: "acme/widgets",
    repository_owner: "acme",
    retention_days: "90",
    run_attempt: "1",
    run_id: "1",
    run_number: "1",
    server_url: "http://127.0.0.1:4000",
    sha: "f".repeat(40),
    triggering_actor: "octocat",
    workflow: "CI",
    workflow_ref: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
    workflow_sha: "f".repeat(40),
  });
});

test("secrets and tokens are secret variables and are masked, with the pattern's special characters escaped", () => {
  const { variables, mask } = messageLab().message("Build linux");

  expect(variables["DEPLOY_KEY"]).toEqual({ value: "s.3", isSecret: true });
  expect(variables["github_token"]).toEqual({ value: "secret-github-token", isSecret: true });
  expect(mask).toContainEqual({ type: "regex", value: String.raw`s\.3` });
  expect(mask).toContainEqual({ type: "regex", value: "secret-github-token" });
});

test("building the message again gives the same message, so that a lost answer can be repeated", () => {
  const lab = messageLab();
  expect(lab.message("Build linux")).toEqual(lab.message("Build linux"));
});

test("jobs of one attempt share the plan, and no two share a job, timeline or step id", () => {
  const lab = new RunLab();
  lab.push(`on: push
jobs:
  a: {runs-on: x, steps: [{run: a}]}
  b: {runs-on: x, steps: [{run: b}]}
`);
  const [a, b] = [lab.message("a"), lab.message("b")];

  expect(a.plan).toEqual(b.plan);
  expect(
    new Set([a, b].flatMap((each) => [each.jobId, each.timeline.id, ...each.steps.map((step) => step.id)])).size,
  ).toBe(6);
});

test("a job that no workflow file describes has no message", () => {
  expect(
    new RunLab().runs.buildMessage("nobody", { serviceUrl: "x", tokens: { job: "j", github: "g" } }),
  ).toBeUndefined();
});

test.each([
  ["permissions: {}", { Metadata: "read" }],
  ["permissions: {contents: write, issues: none}", { Contents: "write", Metadata: "read" }],
  ["name: x", { Contents: "read", Metadata: "read", Packages: "read" }],
])("with %s the token may do what GitHub prints", (permissions, expected) => {
  const lab = new RunLab();
  lab.push(`on: push\n${permissions}\njobs:\n  a: {runs-on: x, steps: [{run: a}]}\n`);

  expect(JSON.parse(lab.message("a").variables["system.github.token.permissions"]?.value ?? "")).toEqual(expected);
});

test("an env or a with that is one expression is left to the runner", () => {
  const lab = new RunLab();
  lab.push({
    ".github/workflows/ci.yml": `on: push
env: \${{ vars }}
jobs:
  a:
    runs-on: x
    env: \${{ github.event }}
    steps:
      - run: x
        env: \${{ fromJSON('{"A":1}') }}
      - uses: ./actions/report
        with: \${{ fromJSON('{"B":2}') }}
`,
    ...action,
    "actions/report/x.sh": "true\n",
  });
  const { environmentVariables, steps } = lab.message("a");

  expect(environmentVariables).toMatchObject([{ expr: "vars" }, { expr: "github.event" }]);
  expect(steps[0]?.environment).toEqual({ type: 3, file: 1, line: 9, col: 14, expr: `fromJSON('{"A":1}')` });
  expect(steps[1]?.inputs).toMatchObject({ type: 3, expr: `fromJSON('{"B":2}')` });
});
