import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes, randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGitHubApi } from "../github/api/github-api.ts";
import { attachFeed } from "../github/api/runner-service/feed-socket.ts";
import { jitConfigIssuer } from "../github/api/runner-service/jit-issuer.ts";
import { runnerServiceRoutes } from "../github/api/runner-service/runner-service-routes.ts";
import { createRunnerServices, type RunnerServices } from "../github/api/runner-service/runner-services.ts";
import { generatedKeys } from "../github/http/generated-keys.ts";
import { openHttpFront } from "../github/http/http-front.ts";
import { GitHubModel } from "../github/model/github-model.ts";
import { runMinimalRunner } from "./main.ts";

/** The simulator's own HTTP front, with what a test needs of its inside. */
class Front {
  readonly model = new GitHubModel({
    clock: { nowMs: () => Date.now() },
    random: { next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48 },
  });
  readonly services: RunnerServices = createRunnerServices(this.model);
  readonly #issuer = jitConfigIssuer(this.services, generatedKeys());
  url = "";
  close: () => Promise<void> = () => Promise.resolve();

  async open(): Promise<void> {
    this.model.tenants.addRepository("acme/widgets");
    const routes = runnerServiceRoutes(this.services);
    const api = createGitHubApi({ model: this.model, jitConfigs: this.#issuer, routes });
    const front = await openHttpFront({
      serve: () => ({ model: this.model, router: api.router }),
      host: "127.0.0.1",
      port: 0,
    });
    const closeFeed = attachFeed(front.server, this.services);
    this.url = front.url;
    this.close = async () => {
      closeFeed();
      this.services.side.sessions.releaseAll();
      await front.close();
    };
  }

  queueJob(script: string): string {
    const jobId = randomUUID();
    this.model.queueJob({
      jobId,
      restJobId: 1,
      runId: 1,
      attempt: 1,
      repository: "acme/widgets",
      name: "build",
      labels: ["lab"],
      runnerGroup: undefined,
      workflowName: "ci",
      workflowRef: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
      event: "push",
      actor: "octo",
      timeoutMinutes: 360,
      durationMs: undefined,
      script,
      fromWorkflow: false,
    });
    return jobId;
  }

  async jitConfig(name: string): Promise<string> {
    const tenant = this.model.tenants.at({ kind: "repository", owner: "acme", repository: "widgets" });
    const runner = this.model.registerRunner(tenant, {
      name,
      labels: ["lab"],
      groupId: 1,
      ephemeral: true,
      disableUpdate: true,
      version: "",
      os: "unknown",
      workFolder: "_work",
    });
    const wire = { origin: this.url, gitHubUrl: `${this.url}/acme/widgets` };
    return await new Promise((resolve) => this.#issuer.issue(runner, wire, resolve));
  }
}

describe("against the simulator's HTTP front", () => {
  const front = new Front();
  let root = "";
  let lines: string[] = [];

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "drover-runner-"));
    lines = [];
    await front.open();
  });

  afterEach(async () => {
    await front.close();
    rmSync(root, { recursive: true, force: true });
  });

  test("a runner takes one job, runs its steps, uploads the log and leaves with exit code 0", async () => {
    const jobId = front.queueJob("echo hello from $RUNNER_NAME");
    const code = await runMinimalRunner({
      jitConfig: await front.jitConfig("r1"),
      workDirectory: root,
      environment: { PATH: process.env["PATH"] ?? "" },
      interrupt: new AbortController().signal,
      terminate: new AbortController().signal,
      stdout: { write: (text) => lines.push(text) },
    });

    expect(code, lines.join("")).toBe(0);
    expect(front.model.jobs.find(jobId)?.phase).toMatchObject({ kind: "completed" });
    const log = front.services.side.log(jobId) ?? "";
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z hello from r1$/m);
    expect(lines.join("")).toMatch(/Job build completed with result: Succeeded/);
    expect(() => readFileSync(join(root, ".credentials"))).toThrow(/ENOENT/);
  });
});
