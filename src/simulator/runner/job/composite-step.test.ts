import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { JobLab, type JobReport } from "../testing/job-lab.ts";
import { expression, type JobSpec } from "../testing/job-message-builder.ts";

let lab: JobLab;
beforeEach(() => {
  lab = new JobLab();
});
afterEach(() => lab.remove());

async function runAction(
  manifest: string,
  spec: Partial<JobSpec> = {},
  more: Record<string, string> = {},
): Promise<JobReport> {
  const localActions = { "./act": { files: { "action.yml": manifest, ...more } } };
  return await lab.run({ steps: [{ uses: "./act", id: "act" }], localActions, ...spec });
}

const composite = (steps: string, head = ""): string =>
  `name: act\n${head}\nruns:\n  using: composite\n  steps:\n${steps.replace(/^/gm, "    ")}`;

describe("local composite actions", () => {
  test("the step shows what it was given; inputs have defaults; required ones may be missing", async () => {
    const report = await runAction(
      composite(
        "- run: echo ${{ inputs.who }} ${{ inputs.greeting }} [${{ inputs.must }}]\n  shell: bash",
        "inputs: {who: {required: true}, greeting: {default: 'hi ${{ github.job }}'}, must: {required: true}}",
      ),
      { steps: [{ uses: "./act", with: { WHO: "me" } }] },
    );

    expect(report.log("Run ./act").slice(0, 5)).toEqual([
      "##[group]Run ./act",
      "with:",
      "  WHO: me",
      "  greeting: hi build",
      "##[endgroup]",
    ]);
    expect(report.log("Run ./act").at(-1)).toBe("me hi build []");
  });

  test("a script beside the action is a command once the action's folder is on the path", async () => {
    const report = await runAction(
      composite(
        '- run: echo "${{ github.action_path }}" >> $GITHUB_PATH\n  shell: bash\n- run: goodbye.sh\n  shell: bash',
      ),
      {},
      { "goodbye.sh": 'echo "Goodbye"\n', "notes.txt": "no program\n" },
    );

    expect(report.log("Run ./act").at(-1)).toBe("Goodbye");
    expect(statSync(join(report.workspace, "act/notes.txt")).mode & 0o111).toBe(0);
  });

  test("github.action_status tells how far the action has come, job.status the job", async () => {
    const show = "run: echo ${{ github.action_status }} ${{ job.status }}\n  if: always()\n  shell: bash";
    const report = await runAction(composite(`- ${show}\n- run: exit 5\n  shell: bash\n- ${show}`));

    const said = report.log("Run ./act").filter((line) => /^\w+ \w+$/.test(line));
    expect(said).toEqual(["success success", "failure success"]);
  });

  test("an action whose inputs are all empty shows that it has some", async () => {
    const report = await runAction(composite("- run: 'true'\n  shell: sh", "inputs: {who: {}}"));

    expect(report.log("Run ./act").slice(0, 3)).toEqual(["##[group]Run ./act", "with:", "##[endgroup]"]);
  });

  test("a deprecated input is warned about in the caller's spelling, and only if it is given", async () => {
    const inputs = "inputs: {old: {deprecationMessage: 'take new'}, older: {deprecationMessage: 'take new'}, new: {}}";
    const report = await runAction(composite("- run: 'true'\n  shell: sh", inputs), {
      steps: [{ uses: "./act", with: { nope: "x", OLD: "x" } }],
    });

    expect(report.log("Run ./act").filter((line) => line.startsWith("##[warning]"))).toEqual([
      "##[warning]Input 'OLD' has been deprecated with message: take new",
      "##[warning]Unexpected input(s) 'nope', valid inputs are ['old', 'older', 'new']",
    ]);
  });

  test("an input the action does not know is warned about", async () => {
    const report = await runAction(composite("- run: 'true'\n  shell: sh", "inputs: {who: {}}"), {
      steps: [{ uses: "./act", with: { whom: "x" } }],
    });

    expect(report.log("Run ./act")[0]).toBe("##[warning]Unexpected input(s) 'whom', valid inputs are ['who']");
  });

  test("outputs come from the action's own steps, which the job does not see", async () => {
    const manifest = composite(
      "- id: inner\n  run: echo v=7 >> $GITHUB_OUTPUT\n  shell: bash",
      "outputs: {out: {value: 'x${{ steps.inner.outputs.v }}'}}",
    );
    const report = await runAction(manifest, {
      steps: [
        { uses: "./act", id: "act" },
        {
          name: "after",
          run: 'echo "$OUT [$INNER]"',
          env: { OUT: expression("steps.act.outputs.out"), INNER: expression("steps.inner.outputs.v") },
        },
      ],
    });

    expect(report.output("after")).toEqual(["x7 []"]);
  });

  test("a failing step fails the action; its other steps follow their conditions", async () => {
    const report = await runAction(
      composite(
        "- run: exit 5\n  shell: bash\n- run: echo plain\n  shell: bash\n- run: echo cleanup\n  if: failure()\n  shell: bash\n- run: echo always\n  if: always()\n  shell: bash",
      ),
      { steps: [{ uses: "./act" }, { name: "after", run: "true" }] },
    );

    const log = report.log("Run ./act");
    expect(
      log.filter((line) => !line.includes("echo") && !line.startsWith("shell") && !line.startsWith("##[e")).slice(2),
    ).toEqual(["\u001B[36;1mexit 5\u001B[0m", "cleanup", "always"]);
    expect(log).toContain("##[error]Process completed with exit code 5.");
    expect(report.steps.slice(1, 3)).toEqual([
      ["Run ./act", "failed"],
      ["after", "skipped"],
    ]);
  });

  test("an action that runs in a failed job starts with a clean status", async () => {
    const report = await runAction(composite("- run: echo ran\n  shell: bash"), {
      steps: [{ run: "false" }, { uses: "./act", if: "failure()" }],
    });

    expect(report.log("Run ./act").at(-1)).toBe("ran");
  });

  test("continue-on-error inside the action hides the failure", async () => {
    const report = await runAction(
      composite(
        "- id: a\n  run: 'false'\n  shell: bash\n  continue-on-error: true\n- run: echo ${{ steps.a.outcome }} ${{ steps.a.conclusion }}\n  shell: bash",
      ),
    );

    expect(report.log("Run ./act").at(-1)).toBe("failure success");
    expect(report.conclusion).toBe("succeeded");
  });

  test("env of the calling step reaches the action; what the action exports reaches the job", async () => {
    const report = await runAction(
      composite(
        "- run: echo $CALLER $OWN; echo FROM_ACTION=yes >> $GITHUB_ENV\n  shell: bash\n  env: {OWN: 'a-${{ env.CALLER }}'}\n- run: echo $FROM_ACTION\n  shell: bash",
      ),
      {
        steps: [
          { uses: "./act", env: { CALLER: "c" } },
          { name: "after", run: "echo $FROM_ACTION [$CALLER]" },
        ],
      },
    );

    const log = report.log("Run ./act");
    expect(log).toContain("c a-c");
    expect(log.at(-1)).toBe("yes");
    expect(report.output("after")).toEqual(["yes []"]);
  });

  test("what a calling step set for itself holds through the whole action, whatever is exported meanwhile", async () => {
    const inner = composite(
      "- run: echo X=exported >> $GITHUB_ENV\n  shell: bash\n- run: echo inside $X\n  shell: bash",
    );
    const outer = composite("- run: echo X=caller >> $GITHUB_ENV\n  shell: bash\n- uses: ./inner");
    const report = await lab.run({
      localActions: { "./act": { files: { "action.yml": outer } }, "./inner": { files: { "action.yml": inner } } },
      steps: [
        { uses: "./act", env: { X: "caller" } },
        { name: "after", run: "echo $X" },
      ],
    });

    expect(report.log("Run ./act").at(-1)).toBe("inside caller");
    expect(report.output("after")).toEqual(["exported"]);
  });

  test("github.action_path is the action's folder, where its scripts are", async () => {
    const report = await runAction(
      composite("- run: ${{ github.action_path }}/hello.sh; basename $GITHUB_ACTION_PATH\n  shell: bash"),
      {},
      { "hello.sh": "#!/bin/sh\necho hello\n" },
    );

    expect(report.log("Run ./act").slice(-2)).toEqual(["hello", "act"]);
  });

  test("actions call actions, and pass inputs and outputs on", async () => {
    const outer = composite(
      "- id: in\n  uses: ./inner\n  with: {n: '${{ inputs.n }}'}\n",
      "inputs: {n: {default: '3'}}\noutputs: {r: {value: '${{ steps.in.outputs.r }}'}}",
    );
    const inner = composite(
      "- id: s\n  run: echo r=${{ inputs.n }}${{ inputs.n }} >> $GITHUB_OUTPUT\n  shell: bash",
      "inputs: {n: {}}\noutputs: {r: {value: '${{ steps.s.outputs.r }}'}}",
    );
    const report = await lab.run({
      localActions: { "./act": { files: { "action.yml": outer } }, "./inner": { files: { "action.yaml": inner } } },
      steps: [
        { uses: "./act", id: "act" },
        { name: "after", run: "echo $R", env: { R: expression("steps.act.outputs.r") } },
      ],
    });

    expect(report.output("after")).toEqual(["33"]);
  });

  test("secrets are unknown inside an action", async () => {
    const report = await runAction(composite("- run: echo ${{ secrets.GITHUB_TOKEN }}\n  shell: bash"));

    expect(report.conclusion).toBe("failed");
    expect(report.log("Run ./act").join("\n")).toContain("Unrecognized named-value: 'secrets'");
  });

  test.each([
    ["without a shell", composite("- run: echo x"), "Required property is missing: shell"],
    ["of another kind", "runs: {using: node20, main: i.js}", 'composite actions only, not "using: node20"'],
    [
      "that uses a foreign action",
      composite("- uses: actions/checkout@v4"),
      'local composite actions only, not "actions/checkout@v4"',
    ],
    ["that calls itself without end", composite("- uses: ./act"), "nested deeper than 10 levels"],
  ])("an action %s fails its step and says why", async (_what, manifest, message) => {
    const report = await runAction(manifest);

    expect(report.steps[1]?.[1]).toBe("failed");
    expect(report.log("Run ./act").join("\n")).toContain(message);
  });

  test("an action that is not there is named", async () => {
    const report = await lab.run({ steps: [{ uses: "./missing" }] });

    expect(report.log("Run ./missing").join("\n")).toMatch(/##\[error\]Can't find 'action\.yml'.*missing/);
  });

  test("files of an action cannot leave the workspace", async () => {
    const report = await lab.run({ localActions: { "../../../out": { files: { "action.yml": "x" } } }, steps: [] });

    expect(report.steps[0]).toEqual(["Set up job", "failed"]);
  });
});
