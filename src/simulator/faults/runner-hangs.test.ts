import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { labKeys } from "../conformance/time-and-chance.ts";
import { queueRawJob } from "../github/model/raw-job.ts";
import { runMinimalRunner } from "../runner/main.ts";
import { type Simulator, startSimulator } from "../start-simulator.ts";

let simulator: Simulator;
let directory: string;
beforeEach(async () => {
  simulator = await startSimulator({ keys: labKeys });
  directory = mkdtempSync(join(tmpdir(), "drover-hang-"));
});
afterEach(async () => {
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const jitConfig = async (name: string): Promise<string> => {
  const answer = await fetch(`${simulator.url}/api/v3/repos/acme/widgets/actions/runners/generate-jitconfig`, {
    method: "POST",
    headers: { authorization: `Bearer ${simulator.token}` },
    body: JSON.stringify({ name, runner_group_id: 1, labels: ["linux"] }),
  });
  return ((await answer.json()) as { encoded_jit_config: string }).encoded_jit_config;
};

/** Resolves when the model says that the runner's job is over and its registration gone. */
const runnerGone = () =>
  new Promise<void>((resolve) => {
    const stop = simulator.model.subscribe((effect) => {
      if (effect.kind !== "runner-gone") return;
      stop();
      resolve();
    });
  });

test("F5 a runner's process stays when its job is over, until somebody ends it", async () => {
  simulator.faults.start({ fault: "F5" });
  const job = queueRawJob(simulator.model, { repository: "acme/widgets", labels: ["linux"], script: "true" });
  const terminate = new AbortController();
  const gone = runnerGone();
  let output = "";
  let isOver = false;
  const running = runMinimalRunner({
    jitConfig: await jitConfig("r1"),
    workDirectory: directory,
    environment: { PATH: process.env["PATH"] },
    interrupt: new AbortController().signal,
    terminate: terminate.signal,
    stdout: { write: (text: string) => (output += text) },
  }).finally(() => (isOver = true));
  await gone;
  expect(job.phase).toMatchObject({ kind: "completed", conclusion: "success" });
  // A sound runner says good-bye right after its report; several requests later this one still has not.
  for (let round = 0; round < 20; round += 1) await fetch(`${simulator.url}/_drover/truth`);
  expect(isOver).toBe(false);
  terminate.abort();
  expect(await running, output).toBe(143);
});

test("without the fault the process ends by itself", async () => {
  queueRawJob(simulator.model, { repository: "acme/widgets", labels: ["linux"], script: "true" });
  const never = new AbortController().signal;
  const code = await runMinimalRunner({
    jitConfig: await jitConfig("r1"),
    workDirectory: directory,
    environment: { PATH: process.env["PATH"] },
    interrupt: never,
    terminate: never,
    stdout: { write: () => undefined },
  });
  expect(code).toBe(0);
});
