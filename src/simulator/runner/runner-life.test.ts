import { createPublicKey, constants, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runMinimalRunner } from "./main.ts";
import { systemClock, type RunnerClock } from "./runner-clock.ts";
import { untilFile } from "./testing/until-file.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { buildJobMessage, type JobSpec } from "./testing/job-message-builder.ts";
import {
  brokerError,
  brokerMessage,
  jobOffer,
  ScriptedService,
  type ServiceAnswer,
} from "./testing/scripted-service.ts";

let service: ScriptedService;
let root = "";
let lines: string[] = [];
let turn: NodeJS.Timeout | undefined;
let interruptController = new AbortController();
let terminateController = new AbortController();

beforeEach(async () => {
  service = new ScriptedService();
  await service.open();
  root = mkdtempSync(join(tmpdir(), "drover-runner-"));
  lines = [];
  interruptController = new AbortController();
  terminateController = new AbortController();
});

afterEach(async () => {
  clearInterval(turn);
  await service.close();
  rmSync(root, { recursive: true, force: true });
});

async function run(
  options: { clock?: RunnerClock; environment?: Record<string, string>; jitConfig?: string } = {},
): Promise<number> {
  return await runMinimalRunner({
    jitConfig: options.jitConfig ?? service.jitConfig(),
    workDirectory: root,
    environment: { PATH: process.env["PATH"] ?? "", ...options.environment },
    interrupt: interruptController.signal,
    terminate: terminateController.signal,
    stdout: { write: (text) => lines.push(text) },
    clock: options.clock ?? systemClock,
  });
}

const waiting = (): Promise<ServiceAnswer> => new Promise(() => undefined);

/** Offers one job; later polls wait. */
function offer(spec: JobSpec, reference: object = {}): Record<string, unknown> {
  const message = buildJobMessage({ url: service.url, ...spec });
  service.inTurn("GET /message", () => jobOffer(service.url, reference), waiting);
  service.on("POST /acquirejob", () => ({ status: 200, body: message }));
  return message;
}

function completion(): Record<string, unknown> {
  return JSON.parse(service.of("POST /completejob")[0]?.body ?? "null") as Record<string, unknown>;
}

describe("one job", () => {
  test("the calls of a job come in the protocol's order, and the session is ended last", async () => {
    offer({ steps: [{ run: "echo hello" }] });

    expect(await run()).toBe(0);

    const calls = service.requests.map((request) => `${request.method} ${request.path}`);
    const milestones = [
      "POST /oauth/token",
      "POST /session",
      "GET /message",
      "POST /acquirejob",
      "POST /renewjob",
      "POST /completejob",
      "DELETE /session",
    ];
    expect(calls.filter((call, index) => milestones.includes(call) && calls.indexOf(call) === index)).toEqual(
      milestones,
    );
    expect(service.of("GET /message").map((request) => request.query.get("status"))).toEqual(["Online", "Busy"]);
  });

  test("the assertion is PS256 over the authorization URL as audience, and lives for five minutes", async () => {
    offer({ steps: [{ run: "true" }] });
    await run();

    const form = new URLSearchParams(service.of("POST /oauth/token")[0]?.body);
    const [header = "", claims = "", signature = ""] = form.get("client_assertion")?.split(".") ?? [];
    const decode = (part: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    expect(decode(header)).toEqual({ typ: "JWT", alg: "PS256" });
    const decoded = decode(claims) as { nbf: number; exp: number };
    expect(decoded).toMatchObject({ sub: "client-7", iss: "client-7", aud: `${service.url}oauth/token` });
    expect(decoded.exp - decoded.nbf).toBe(300);
    const key = {
      key: createPublicKey(ScriptedService.key()),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_AUTO,
    };
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(true);
  });

  test("the runner's token acquires, the job's token renews and completes", async () => {
    const message = offer({ steps: [{ run: "true" }] });
    await run();

    const jobToken = "Bearer eyJhbGciOiJub25lIn0.eyJvcmNoX2lkIjoiMSJ9.c2ln";
    expect(service.of("POST /acquirejob")[0]?.headers.authorization).toBe("Bearer runner-token");
    expect(service.of("POST /renewjob")[0]?.headers.authorization).toBe(jobToken);
    expect(service.of("POST /completejob")[0]?.headers.authorization).toBe(jobToken);
    expect(completion()).toMatchObject({ jobId: message["jobId"], conclusion: "succeeded" });
  });

  test("steps are reported in order with numbers from 1, the runner's own first and last", async () => {
    offer({ steps: [{ run: "exit 4" }, { run: "echo no" }] });

    expect(await run()).toBe(0);

    const results = completion()["stepResults"] as Record<string, unknown>[];
    expect(results.map((step) => [step["number"], step["name"], step["conclusion"]])).toEqual([
      [1, "Set up job", "succeeded"],
      [2, "Run exit 4", "failed"],
      [3, "Run echo no", "skipped"],
      [4, "Complete job", "succeeded"],
    ]);
    expect(completion()["conclusion"]).toBe("failed");
    expect(results[1]?.["annotations"]).toMatchObject([
      { level: "failure", message: "Process completed with exit code 4.", stepNumber: 2 },
    ]);
  });

  test("a job is acknowledged before it is acquired when the reference asks for it", async () => {
    offer({ steps: [{ run: "true" }] }, { should_acknowledge: true });
    await run();

    const calls = service.requests.map((request) => request.path);
    expect(JSON.parse((await service.asked("POST /acknowledge")).body)).toEqual({ runnerRequestId: "request-1" });
    expect(calls.indexOf("/acknowledge")).toBeLessThan(calls.indexOf("/acquirejob"));
  });

  test.each([404, 409, 422])(
    "a job that is gone (%i) is skipped, and does not count as the one job",
    async (status) => {
      offer({ steps: [{ run: "true" }] });
      const message = buildJobMessage({ url: service.url, steps: [{ run: "true" }] });
      service.inTurn(
        "GET /message",
        () => jobOffer(service.url),
        () => jobOffer(service.url),
        waiting,
      );
      service.inTurn(
        "POST /acquirejob",
        () => ({ status, body: { statusCode: status, errorMessage: "gone" } }),
        () => ({ status: 200, body: message }),
      );

      expect(await run()).toBe(0);

      expect(service.of("POST /acquirejob")).toHaveLength(2);
      expect(service.of("POST /completejob")).toHaveLength(1);
    },
  );

  test("a result is told again until the service takes it", async () => {
    const clock = new ManualClock();
    offer({ steps: [] });
    service.inTurn(
      "POST /completejob",
      () => ({ status: 500 }),
      () => ({ status: 200, body: {} }),
    );

    const code = run({ clock: impatient(clock) });

    expect(await code).toBe(0);
    expect(service.of("POST /completejob")).toHaveLength(2);
  });

  test("steps never see the JIT config, in whatever way the runner got it", async () => {
    offer({
      steps: [
        {
          run: "if env | grep -q '^ACTIONS_RUNNER_INPUT_'; then echo n=some; else echo n=none; fi >> $GITHUB_OUTPUT",
          id: "s",
        },
      ],
      outputs: { n: { type: 3, expr: "steps.s.outputs.n" } },
    });

    await run({ environment: { ACTIONS_RUNNER_INPUT_JITCONFIG: "secret", ACTIONS_RUNNER_INPUT_NAME: "x" } });

    expect(completion()["outputs"]).toEqual({ n: { value: "none", isSecret: false } });
  });
});

describe("renewal", () => {
  test("the lease is renewed at once and every 60 s while the job runs", async () => {
    const clock = new ManualClock();
    offer({
      steps: [
        { run: "touch ../../../started; while [ -e ../../../started ] && [ ! -e ../../../done ]; do sleep 0.02; done" },
      ],
    });

    const code = run({ clock });
    await clock.passSleepOf(60_000);
    await service.asked("POST /renewjob", 2);
    await clock.passSleepOf(60_000);
    await service.asked("POST /renewjob", 3);
    writeFileSync(join(root, "done"), "");
    settle(clock);

    expect(await code).toBe(0);
  });

  test("a lease that is gone cancels the job", async () => {
    const clock = new ManualClock();
    offer({ steps: [{ run: "exec sleep 30" }] });
    service.inTurn(
      "POST /renewjob",
      () => ({ status: 200, body: { lockedUntil: "x" } }),
      () => ({ status: 404, body: { errorMessage: "gone" } }),
    );

    const code = run({ clock });
    await clock.passSleepOf(60_000);
    settle(clock);

    expect(await code).toBe(0);
    expect(completion()["conclusion"]).toBe("canceled");
  });

  test("a job whose first renewal is refused is not started", async () => {
    offer({ steps: [{ run: "true" }] });
    service.on("POST /renewjob", () => ({ status: 404, body: { errorMessage: "gone" } }));

    expect(await run()).toBe(0);

    expect(service.of("POST /completejob")).toHaveLength(0);
    expect(lines.join("")).toContain("abandoned");
  });
});

describe("cancellation", () => {
  test("a cancellation that arrives with a busy poll ends the step and reports canceled", async () => {
    const message = offer({
      steps: [
        { run: "touch ../../../started; exec sleep 30" },
        { run: "echo after", if: "always()" },
        { run: "echo no" },
      ],
    });
    service.inTurn(
      "GET /message",
      () => jobOffer(service.url),
      async () => {
        await untilFile(join(root, "started"));
        return brokerMessage("JobCancellation", { jobId: message["jobId"], timeout: "00:05:00" });
      },
      waiting,
    );

    expect(await run()).toBe(0);

    expect(completion()["conclusion"]).toBe("canceled");
    const results = completion()["stepResults"] as Record<string, unknown>[];
    expect(results.slice(1, 4).map((step) => step["conclusion"])).toEqual(["canceled", "succeeded", "skipped"]);
  });

  test("a cancellation of another job changes nothing", async () => {
    offer({
      steps: [
        { run: "touch ../../../started; while [ -e ../../../started ] && [ ! -e ../../../done ]; do sleep 0.02; done" },
      ],
    });
    service.inTurn(
      "GET /message",
      () => jobOffer(service.url),
      () => brokerMessage("JobCancellation", { jobId: "other", timeout: "00:05:00" }),
      waiting,
    );

    const code = run();
    await service.asked("GET /message", 3);
    writeFileSync(join(root, "done"), "");
    await code;

    expect(completion()["conclusion"]).toBe("succeeded");
  });

  test("a step that ignores its cancellation is ended by force 15 s before the time is over", async () => {
    const clock = new ManualClock();
    const message = offer({
      steps: [{ run: "trap '' INT TERM; while [ -e $GITHUB_WORKSPACE ]; do sleep 0.05; done", if: "always()" }],
    });
    service.inTurn(
      "GET /message",
      () => jobOffer(service.url),
      () => brokerMessage("JobCancellation", { jobId: message["jobId"], timeout: "00:05:00" }),
      waiting,
    );

    const code = run({ clock });
    await clock.passSleepOf(285_000);
    settle(clock);

    expect(await code).toBe(0);
    expect(completion()["conclusion"]).toBe("canceled");
  });
});

describe("exit codes", () => {
  test("a JIT config that cannot be read ends it with 1", async () => {
    expect(await run({ jitConfig: "bm9uc2Vuc2U=" })).toBe(1);
    expect(lines.join("")).toContain("JIT config");
  });

  test("an RSA member with its leading zero cut off is refused, as .NET refuses it", async () => {
    const short = Buffer.alloc(127, 1).toString("base64");
    expect(await run({ jitConfig: service.jitConfig({ rsa: { dp: short } }) })).toBe(1);
    expect(lines.join("")).toContain("dp has 127 bytes instead of 128");
    expect(lines.join("")).not.toContain(short);
  });

  test("invalid_client ends it with 1", async () => {
    service.on("POST /oauth/token", () => ({ status: 400, body: { error: "invalid_client" } }));
    expect(await run()).toBe(1);
  });

  test("another OAuth error is tried again every 30 s", async () => {
    const clock = new ManualClock();
    service.inTurn(
      "POST /oauth/token",
      () => ({ status: 400, body: { error: "invalid_grant" } }),
      () => ({ status: 400, body: { error: "invalid_client" } }),
    );
    const code = run({ clock });
    await clock.passSleepOf(30_000);
    expect(await code).toBe(1);
  });

  test("a session conflict is borne for 4 minutes and ends it with 5", async () => {
    const clock = new ManualClock();
    service.on("POST /session", () => ({ status: 409, body: { message: "conflict" } }));
    const code = run({ clock });
    for (let elapsedMs = 0; elapsedMs < 240_000; elapsedMs += 30_000) await clock.passSleepOf(30_000);
    expect(await code).toBe(5);
    expect(service.of("POST /session")).toHaveLength(9);
  });

  test("denied access ends it with 1", async () => {
    service.on("POST /session", () => ({ status: 403, body: { message: "denied" } }));
    expect(await run()).toBe(1);
  });

  test("a second 401 in a row ends it with 1, after one try with a new token", async () => {
    service.on("POST /session", () => ({ status: 401, body: {} }));
    expect(await run()).toBe(1);
    expect(service.of("POST /oauth/token")).toHaveLength(2);
  });

  test.each([
    ["RunnerNotFound", 0],
    ["HostedRunnerDeprovisioned", 0],
    ["RunnerVersionTooOld", 1],
  ])("%s on a poll ends it with %i", async (kind, code) => {
    service.on("GET /message", () => brokerError(kind));
    expect(await run()).toBe(code);
  });

  test("RunnerVersionTooOld ends it with 7 where that is enabled", async () => {
    service.on("GET /message", () => brokerError("RunnerVersionTooOld"));
    expect(await run({ environment: { ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: "1" } })).toBe(7);
  });

  test("a session that is not valid any more is replaced by a new one", async () => {
    service.inTurn(
      "GET /message",
      () => brokerError("RunnerSessionInvalid"),
      () => brokerError("RunnerNotFound"),
    );
    expect(await run()).toBe(0);
    expect(service.of("POST /session")).toHaveLength(2);
  });

  test("ten failing polls in a row end it with 2", async () => {
    const clock = new ManualClock();
    service.on("GET /message", () => ({ status: 500 }));
    expect(await run({ clock: impatient(clock) })).toBe(2);
    expect(service.of("GET /message")).toHaveLength(10);
  });

  test("a service that answers at once that there is nothing is not asked again without a pause", async () => {
    const clock = new ManualClock();
    service.inTurn(
      "GET /message",
      () => ({ status: 202 }),
      () => brokerError("RunnerNotFound"),
    );
    const code = run({ clock });
    await clock.untilSleepOf(1_000);
    expect(service.of("GET /message")).toHaveLength(1);
    clock.advance(1_000);
    expect(await code).toBe(0);
  });

  test("AcknowledgeJobNotFound ends an ephemeral runner with 0", async () => {
    offer({ steps: [{ run: "true" }] }, { should_acknowledge: true });
    service.on("POST /acknowledge", () => brokerError("AcknowledgeJobNotFound"));
    expect(await run()).toBe(0);
    expect(service.of("POST /acquirejob")).toHaveLength(0);
  });

  test("RunnerShutdown ends it with 0 and leaves the session alone", async () => {
    service.on("GET /message", () => brokerMessage("RunnerShutdown", { reason: "test" }));
    expect(await run()).toBe(0);
    expect(service.of("DELETE /session")).toHaveLength(0);
  });

  test("the job's result is the exit code where that is enabled", async () => {
    offer({ steps: [{ run: "exit 1" }] });
    expect(await run({ environment: { ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: "true" } })).toBe(102);
  });
});

describe("signals", () => {
  test("SIGINT while idle ends the session and leaves with 0", async () => {
    const code = run();
    await service.asked("GET /message");
    interruptController.abort();
    expect(await code).toBe(0);
    expect(service.of("DELETE /session")).toHaveLength(1);
  });

  test("SIGINT while busy fails the job with the shutdown's message, then ends the session", async () => {
    offer({ steps: [{ run: "exec sleep 30" }, { run: "echo no", if: "always()" }] });
    const code = run();
    await service.asked("GET /message", 2);
    interruptController.abort();

    expect(await code).toBe(0);
    expect(completion()["conclusion"]).toBe("failed");
    expect(JSON.stringify(completion()["annotations"])).toContain("The runner has received a shutdown signal.");
    const results = completion()["stepResults"] as Record<string, unknown>[];
    expect(results[2]?.["conclusion"]).toBe("skipped");
    expect(service.of("DELETE /session")).toHaveLength(1);
  });

  test("a runner told to leave stops polling at once, while its step still ends", async () => {
    offer({
      steps: [
        {
          run: "trap '' INT; touch ../../../started; until [ -e ../../../done ]; do sleep 0.02; [ -e ../../../started ]; done",
        },
      ],
    });
    const code = run();
    await service.asked("GET /message", 2);
    await untilFile(join(root, "started"));
    interruptController.abort();
    await service.hungUp("GET /message");
    expect(service.of("POST /completejob")).toHaveLength(0);
    writeFileSync(join(root, "done"), "");

    expect(await code).toBe(0);
    expect(completion()["conclusion"]).toBe("failed");
  });

  test("after SIGTERM the runner is gone within 30 s, whatever the job does", async () => {
    const clock = new ManualClock();
    offer({ steps: [{ run: "trap '' INT TERM; echo trapped; while [ -e $GITHUB_WORKSPACE ]; do sleep 0.05; done" }] });
    service.on("POST /completejob", waiting);
    const code = run({ clock });
    await service.asked("GET /message", 2);
    terminateController.abort();
    await clock.passSleepOf(30_000);
    settle(clock);

    expect(await code).toBe(143);
  });
});

/** A clock on which every wait is over at once: for retries whose number is the point, not their pauses. */
function impatient(clock: ManualClock): RunnerClock {
  return {
    nowMs: () => clock.nowMs(),
    sleep: async (durationMs, signal) => {
      signal.throwIfAborted();
      if (durationMs >= 60_000) return await clock.sleep(durationMs, signal);
      clock.advance(durationMs);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** From now on the manual clock runs: short waits end as soon as they begin. */
function settle(clock: ManualClock): void {
  turn = setInterval(() => {
    for (const durationMs of clock.sleeping()) if (durationMs < 20_000) clock.advance(durationMs);
  }, 1);
}
