import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildJobMessage, type JobSpec } from "./testing/job-message-builder.ts";
import { untilFile } from "./testing/until-file.ts";
import { jobOffer, ScriptedService, type ServiceAnswer } from "./testing/scripted-service.ts";

const program = `
  import { runMinimalRunnerProcess } from ${JSON.stringify(new URL("process-entry.ts", import.meta.url).href)};
  const fd = process.env.TEST_FD;
  process.exitCode = await runMinimalRunnerProcess({
    workDirectory: process.env.TEST_ROOT,
    ...(fd === undefined ? {} : { jitConfigFd: Number(fd) }),
  });
`;

let service: ScriptedService;
let root = "";
let children: ChildProcess[] = [];

beforeEach(async () => {
  service = new ScriptedService();
  await service.open();
  root = mkdtempSync(join(tmpdir(), "drover-runner-"));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await service.close();
  rmSync(root, { recursive: true, force: true });
});

function start(how: "environment" | "descriptor"): {
  child: ChildProcess;
  exit: Promise<number | null>;
  output: () => string;
} {
  const config = join(root, "jit");
  writeFileSync(config, service.jitConfig());
  const given = how === "environment" ? { ACTIONS_RUNNER_INPUT_JITCONFIG: service.jitConfig() } : { TEST_FD: "3" };
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    env: { PATH: process.env["PATH"], TEST_ROOT: root, ...given },
    stdio: ["ignore", "pipe", "pipe", how === "descriptor" ? openSync(config, "r") : "ignore"],
  });
  children.push(child);
  let output = "";
  child.stdout?.on("data", (chunk) => (output += String(chunk)));
  child.stderr?.on("data", (chunk) => (output += String(chunk)));
  return { child, exit: new Promise((resolve) => child.once("exit", resolve)), output: () => output };
}

const waiting = (): Promise<ServiceAnswer> => new Promise(() => undefined);

function offer(spec: JobSpec): void {
  const message = buildJobMessage({ url: service.url, ...spec });
  service.inTurn("GET /message", () => jobOffer(service.url), waiting);
  service.on("POST /acquirejob", () => ({ status: 200, body: message }));
}

/** Argument vectors of a process and all its descendants. */
function commandLines(pid: number): string[] {
  const children = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => new RegExp(`^\\d+ \\(.*\\) \\S+ ${pid} `, "s").test(read(`/proc/${entry}/stat`)));
  return [read(`/proc/${pid}/cmdline`), ...children.flatMap((child) => commandLines(Number(child)))];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

test.skipIf(!existsSync("/proc/self/cmdline")).each(["environment", "descriptor"] as const)(
  "the JIT config from the %s stands in no argument vector, and no step sees it",
  async (how) => {
    offer({
      steps: [
        {
          run: 'env | sort > "$RUNNER_TEMP/env"; touch ../../../started; while [ -e ../../../started ] && [ ! -e ../../../done ]; do sleep 0.02; done',
        },
      ],
    });
    const runner = start(how);
    await service.asked("GET /message", 2);
    await untilFile(join(root, "started"));

    const vectors = commandLines(runner.child.pid ?? 0);
    writeFileSync(join(root, "done"), "");

    expect(await runner.exit, runner.output()).toBe(0);
    expect(vectors.some((vector) => vector.includes("bash"))).toBe(true);
    const config = service.jitConfig();
    expect(vectors.join("\n")).not.toContain(config.slice(0, 40));
    expect(runner.output()).not.toContain(config.slice(0, 40));
    expect(readFileSync(join(root, "_work/_temp/env"), "utf8")).not.toContain("JITCONFIG");
  },
);

test("without a JIT config it ends with 1 and says where to put it", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { env: { PATH: process.env["PATH"] } });
  children.push(child);
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += String(chunk)));

  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(1);
  expect(errors).toContain("ACTIONS_RUNNER_INPUT_JITCONFIG");
});

test.each([
  ["SIGINT", 0],
  ["SIGTERM", 143],
] as const)("%s while idle ends the session and exits with %i", async (signal, code) => {
  const runner = start("environment");
  await service.asked("GET /message");
  runner.child.kill(signal);

  expect(await runner.exit, runner.output()).toBe(code);
  expect(service.of("DELETE /session")).toHaveLength(1);
});

test("SIGTERM while busy fails the job, reports it and leaves no process behind", async () => {
  offer({ steps: [{ run: 'echo $$ > "$RUNNER_TEMP/pid"; touch ../../../started; exec sleep 30' }] });
  const runner = start("environment");
  await untilFile(join(root, "started"));
  runner.child.kill("SIGTERM");

  expect(await runner.exit, runner.output()).toBe(143);
  expect(JSON.parse(service.of("POST /completejob")[0]?.body ?? "null")).toMatchObject({ conclusion: "failed" });
  const pid = readFileSync(join(root, "_work/_temp/pid"), "utf8").trim();
  expect(read(`/proc/${pid}/cmdline`)).toBe("");
});
