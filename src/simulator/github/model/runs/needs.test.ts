import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

const chain = { a: {}, b: { needs: "a" }, c: { needs: ["b"] } };

test("a job becomes ready when all its needs have succeeded, and not before", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: {}, c: { needs: ["a", "b"] } }));

  expect(lab.readyNames).toEqual(["a", "b"]);
  lab.finish("a");
  expect(lab.readyNames).toEqual(["b"]);
  lab.finish("b");
  expect(lab.readyNames).toEqual(["c"]);
  expect(lab.conclusion()).toBeNull();
  lab.finish("c");
  expect(lab.conclusion()).toBe("success");
});

test("a failure skips every job in the chain behind it", () => {
  const lab = new RunLab();
  lab.push(workflowOf(chain));
  lab.finishAll({ a: "failure" });

  expect(lab.table).toEqual(["a: failure", "b: skipped", "c: skipped"]);
  expect(lab.skipped).toEqual(["b", "c"]);
  expect(lab.conclusion()).toBe("failure");
});

test("a skip skips every job in the chain behind it, and a run of skipped jobs is skipped", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ ...chain, a: { if: "github.ref == 'refs/heads/other'" } }));

  expect(lab.table).toEqual(["a: skipped", "b: skipped", "c: skipped"]);
  expect(lab.conclusion()).toBe("skipped");
});

test("always() runs a job whatever its needs did", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a", if: "always()" } }));
  lab.finishAll({ a: "failure" });

  expect(lab.table).toEqual(["a: failure", "b: success"]);
});

test("behind a job that runs in spite of a failure, a job without a condition is still skipped", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a", if: "always()" }, c: { needs: "b" } }));
  lab.finishAll({ a: "failure" });

  expect(lab.table).toEqual(["a: failure", "b: success", "c: skipped"]);
});

test("failure() looks at every ancestor, not only at direct needs", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a", if: "always()" }, c: { needs: "b", if: "failure()" } }));
  lab.finishAll({ a: "failure" });

  expect(lab.table).toEqual(["a: failure", "b: success", "c: success"]);
});

test("failure() is false when nothing failed", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a", if: "failure()" } }));
  lab.finishAll();

  expect(lab.table).toEqual(["a: success", "b: skipped"]);
  expect(lab.conclusion()).toBe("success");
});

test("a condition without a status function holds only after success", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a", if: "needs.a.result == 'failure'" } }));
  lab.finishAll({ a: "failure" });

  expect(lab.table).toEqual(["a: failure", "b: skipped"]);
});

test.each(["success", "failure", "cancelled"])("needs.a.result reads %s", (result) => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a", if: `always() && needs.a.result == '${result}'` } }));
  lab.finishAll({ a: result });

  expect(lab.table).toEqual([`a: ${result}`, "b: success"]);
});

test("needs.a.result reads skipped, and its outputs are empty", () => {
  const lab = new RunLab();
  const condition = "always() && needs.a.result == 'skipped' && needs.a.outputs.x == ''";
  lab.push(workflowOf({ a: { if: "false" }, b: { needs: "a", if: condition } }));
  lab.finishAll();

  expect(lab.table).toEqual(["a: skipped", "b: success"]);
});

test("needs is looked up without regard to case", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ Build: {}, b: { needs: "build", if: "needs.BUILD.result == 'success'" } }));
  lab.finishAll();

  expect(lab.table).toEqual(["Build: success", "b: success"]);
});

test("outputs reach conditions, names and contexts of the jobs that need them, and of no others", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      a: { outputs: { v: "${{ steps.x.outputs.v }}" } },
      b: { needs: "a", name: "b ${{ needs.a.outputs.v }}", if: "needs.a.outputs.v == '7'" },
      c: { needs: "b", if: "needs.a.outputs.v == '7'" },
    }),
  );
  lab.finishAll({ a: { outputs: { v: "7", empty: "" } } });

  expect(lab.table).toEqual(["a: success", "b 7: success", "c: skipped"]);
  expect(lab.message("b 7").contextData["needs"]).toEqual({
    t: 2,
    d: [
      {
        k: "a",
        v: {
          t: 2,
          d: [
            { k: "result", v: "success" },
            { k: "outputs", v: { t: 2, d: [{ k: "v", v: "7" }] } },
          ],
        },
      },
    ],
  });
});

test("a job that fails with continue-on-error shows a failure, counts as success, and leaves the run green", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { "continue-on-error": true }, b: { needs: "a", if: "needs.a.result == 'success'" } }));
  lab.finishAll({ a: "failure" });

  expect(lab.table).toEqual(["a: failure", "b: success"]);
  expect(lab.conclusion()).toBe("success");
});

test("a condition that cannot be evaluated fails the job and says where", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { if: "fromJSON('{') == 1" }, b: { needs: "a" } }));

  expect(lab.table).toEqual(["a: failure", "b: skipped"]);
  const [a, b] = lab.runs.jobs().map((job) => lab.runs.problemLog(job.id));
  expect(a).toMatch(/^2026-03-01T12:00:00\.0000000Z ##\[error\]Error when evaluating 'if' for job 'a'\. .+\n$/u);
  expect(b).toBeUndefined();
});

test("a job is skipped under the name as it is written, because nothing of it is evaluated", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      a: { if: "false", name: "Test on ${{ matrix.os }} at ${{github.ref_name}}", strategy: { matrix: { os: ["x"] } } },
      b: { if: "false", strategy: { matrix: { os: ["x", "y"] } } },
    }),
  );

  expect(lab.table).toEqual(["Test on ${{ matrix.os }} at ${{ github.ref_name }}: skipped", "b: skipped"]);
});

test("completing a job twice changes nothing", () => {
  const lab = new RunLab();
  lab.push(workflowOf(chain));
  const job = lab.start("a");
  lab.end(job, "success");
  lab.end(job, "failure");

  expect(lab.table).toEqual(["a: success", "b: queued", "c: waiting"]);
});
