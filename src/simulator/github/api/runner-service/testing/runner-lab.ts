import type { KeyObject } from "node:crypto";
import { createGitHubApi } from "../../github-api.ts";
import { type ApiResponse, type Outcome, PendingReply } from "../../exchange.ts";
import { type HttpFront, openHttpFront } from "../../../http/http-front.ts";
import type { WorkflowJobs } from "../../../model/broker/github-desk.ts";
import { GitHubModel } from "../../../model/github-model.ts";
import type { BlobLimits } from "../../../model/results/log-blobs.ts";
import type { Runner, RunnerSpec } from "../../../model/records.ts";
import { randomGuid } from "../../../model/time-and-chance.ts";
import { jitConfigIssuer } from "../jit-issuer.ts";
import { runnerServiceRoutes } from "../runner-service-routes.ts";
import { createRunnerServices, type RunnerServices } from "../runner-services.ts";
import { clientAssertion, exchangeForm } from "./client-assertion.ts";
import { keyFromFile, testKey } from "./fixed-key.ts";

export const origin = "http://127.0.0.1:4000";

/** JSON that a test reads member by member; a wrong shape fails the test. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** A request that is out: its answer when it came, and the way to hang up. */
export interface Sent {
  /** Undefined while the service holds it. */
  readonly response: ApiResponse | undefined;
  hangUp(): void;
  /** The client was gone when the answer was written. */
  lose(): void;
}

/** A model of GitHub with the runner services on it, a clock that stands still, and runners that speak the real protocol. */
export class RunnerLab {
  nowMs = Date.parse("2026-11-21T02:00:00Z");
  readonly model: GitHubModel;
  readonly services: RunnerServices;
  readonly #router;
  #jobCount = 0;

  constructor(
    options: {
      readonly seed?: number;
      readonly blobLimits?: Partial<BlobLimits>;
      readonly workflowJobs?: WorkflowJobs;
    } = {},
  ) {
    this.model = new GitHubModel({ clock: { nowMs: () => this.nowMs }, random: seeded(options.seed ?? 1) });
    this.model.tenants.addRepository("acme/widgets");
    const { blobLimits, workflowJobs } = options;
    this.services = createRunnerServices(this.model, {
      ...(blobLimits === undefined ? {} : { blobLimits }),
      ...(workflowJobs === undefined ? {} : { workflowJobs }),
    });
    const api = createGitHubApi({
      model: this.model,
      jitConfigs: jitConfigIssuer(this.services, { next: (onKey) => onKey(testKey()) }),
      routes: runnerServiceRoutes(this.services),
    });
    this.#router = api.router;
  }

  /** Serves the same router on a free loopback port. */
  openFront(): Promise<HttpFront> {
    return openHttpFront({ serve: () => ({ model: this.model, router: this.#router }), host: "127.0.0.1", port: 0 });
  }

  /** Lets time pass, deadline by deadline. */
  pass(durationMs: number): void {
    this.nowMs += durationMs;
    this.model.advance();
  }

  send(
    method: string,
    target: string,
    request: {
      readonly token?: string;
      readonly body?: unknown;
      readonly bytes?: Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Sent {
    const [path = "", search = ""] = target.replace(origin, "").split("?", 2);
    const bytes = request.bytes ?? Buffer.from(bodyText(request.body));
    const reply = this.#router.handle({
      method,
      path,
      search,
      headers: {
        ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
        ...request.headers,
      },
      body: Buffer.from(bytes).toString("utf8"),
      bytes,
      origin,
    });
    const state: { response: ApiResponse | undefined } = { response: undefined };
    const settle = (outcome: Outcome) => {
      if (outcome !== "reset") state.response = outcome;
    };
    if (reply instanceof PendingReply) reply.whenSettled(settle);
    else settle(reply);
    return {
      get response() {
        return state.response;
      },
      hangUp: () => {
        if (reply instanceof PendingReply) reply.abandon();
      },
      lose: () => state.response?.lost?.(),
    };
  }

  /** Sends and insists on an answer at once. */
  call(...request: Parameters<RunnerLab["send"]>): {
    readonly status: number;
    readonly body: Json;
    readonly headers: Readonly<Record<string, string>>;
  } {
    const { response } = this.send(...request);
    if (response === undefined) throw new Error(`${request[0]} ${request[1]} was not answered at once.`);
    return {
      status: response.status,
      headers: response.headers,
      body: response.body === "" ? undefined : (JSON.parse(response.body) as unknown),
    };
  }

  /** Queues a job, by default one without a workflow file. */
  queueJob(script = "echo hello", { fromWorkflow = false } = {}): string {
    this.#jobCount += 1;
    const jobId = randomGuid(this.model.kernel.random);
    this.model.queueJob({
      jobId,
      restJobId: this.#jobCount,
      runId: this.#jobCount,
      attempt: 1,
      repository: "acme/widgets",
      name: `job-${this.#jobCount}`,
      labels: ["lab"],
      runnerGroup: undefined,
      workflowName: "ci",
      workflowRef: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
      event: "push",
      actor: "octo",
      timeoutMinutes: 360,
      durationMs: undefined,
      script,
      fromWorkflow,
    });
    return jobId;
  }

  /** Registers a runner and hands it its JIT configuration. */
  register(name: string, spec: Partial<RunnerSpec> = {}): LabRunner {
    const runner = this.model.registerRunner(
      this.model.tenants.at({ kind: "repository", owner: "acme", repository: "widgets" }),
      {
        name,
        labels: ["lab"],
        groupId: 1,
        ephemeral: true,
        disableUpdate: true,
        version: "",
        os: "unknown",
        workFolder: "_work",
        ...spec,
      },
    );
    let encoded = "";
    jitConfigIssuer(this.services, { next: (onKey) => onKey(testKey()) }).issue(
      runner,
      { origin, gitHubUrl: `${origin}/acme/widgets` },
      (jitConfig) => (encoded = jitConfig),
    );
    return new LabRunner(this, runner, encoded);
  }
}

/** A runner that knows only its JIT configuration. */
export class LabRunner {
  readonly lab: RunnerLab;
  readonly runner: Runner;
  readonly encodedJitConfig: string;
  token = "";
  sessionId = "";
  #assertionCount = 0;

  constructor(lab: RunnerLab, runner: Runner, encodedJitConfig: string) {
    this.lab = lab;
    this.runner = runner;
    this.encodedJitConfig = encodedJitConfig;
  }

  /** The three files of the configuration. */
  get files(): Readonly<Record<".runner" | ".credentials" | ".credentials_rsaparams", Json>> {
    const decoded = JSON.parse(Buffer.from(this.encodedJitConfig, "base64").toString()) as Record<string, string>;
    return Object.fromEntries(
      Object.entries(decoded).map(([name, file]) => [name, JSON.parse(Buffer.from(file, "base64").toString())]),
    ) as LabRunner["files"];
  }

  get key(): KeyObject {
    return keyFromFile(this.files[".credentials_rsaparams"]);
  }

  /** A right assertion, except for what `wrong` changes. */
  assertion(wrong: Partial<Parameters<typeof clientAssertion>[1]> & { readonly key?: KeyObject } = {}): string {
    this.#assertionCount += 1;
    const { ClientId, AuthorizationUrl } = this.files[".credentials"].Data as Record<string, string>;
    const { key = this.key, ...wish } = wrong;
    return clientAssertion(key, {
      clientId: ClientId ?? "",
      audience: AuthorizationUrl ?? "",
      nowMs: this.lab.nowMs,
      jti: `${this.runner.id}-${this.#assertionCount}`,
      ...wish,
    });
  }

  exchange(assertion = this.assertion()): ReturnType<RunnerLab["call"]> {
    return this.lab.call("POST", "/oauth/token", { body: exchangeForm(assertion) });
  }

  /** Fetches a token and opens a session at the broker. */
  connect(): this {
    this.token = this.exchange().body.access_token;
    this.openSession();
    return this;
  }

  openSession(): void {
    const answer = this.lab.call("POST", "/session", { token: this.token, body: { ownerName: "host (PID: 1)" } });
    this.sessionId = answer.body.sessionId;
  }

  poll(status: "Online" | "Busy" = "Online", sessionId = this.sessionId): Sent {
    return this.lab.send("GET", `/message?sessionId=${sessionId}&status=${status}`, { token: this.token });
  }

  acquire(jobId: string): ReturnType<RunnerLab["call"]> {
    return this.lab.call("POST", "/acquirejob", {
      token: this.token,
      body: { jobMessageId: jobId, runnerOS: "Linux" },
    });
  }

  /** Acquires a job and reads from its message what a runner needs. */
  take(jobId: string): LabJob {
    const { body } = this.acquire(jobId);
    return new LabJob(this.lab, {
      jobId,
      planId: body.plan.planId,
      token: body.resources.endpoints[0].authorization.parameters.AccessToken,
    });
  }
}

/** A job in a runner's hands. */
export class LabJob {
  readonly lab: RunnerLab;
  readonly jobId: string;
  readonly planId: string;
  readonly token: string;

  constructor(lab: RunnerLab, job: { readonly jobId: string; readonly planId: string; readonly token: string }) {
    this.lab = lab;
    this.jobId = job.jobId;
    this.planId = job.planId;
    this.token = job.token;
  }

  renew(): ReturnType<RunnerLab["call"]> {
    return this.lab.call("POST", "/renewjob", { token: this.token, body: { planId: this.planId, jobId: this.jobId } });
  }

  complete(report: Readonly<Record<string, unknown>> = { conclusion: "succeeded" }): ReturnType<RunnerLab["call"]> {
    return this.lab.call("POST", "/completejob", {
      token: this.token,
      body: { planId: this.planId, jobId: this.jobId, ...report },
    });
  }

  twirp(method: string, body: Readonly<Record<string, unknown>> = {}): ReturnType<RunnerLab["call"]> {
    const service =
      method === "WorkflowStepsUpdate"
        ? "github.actions.results.api.v1.WorkflowStepUpdateService"
        : "results.services.receiver.Receiver";
    return this.lab.call("POST", `/twirp/${service}/${method}`, {
      token: this.token,
      body: { workflow_run_backend_id: this.planId, workflow_job_run_backend_id: this.jobId, ...body },
    });
  }
}

/** The message in a poll's answer, with its body decoded. */
export function messageOf(sent: Sent): { readonly id: number; readonly type: string; readonly body: Json } | undefined {
  if (sent.response?.status !== 200) return undefined;
  const message = JSON.parse(sent.response.body) as { messageId: number; messageType: string; body: string };
  return { id: message.messageId, type: message.messageType, body: JSON.parse(message.body) };
}

function bodyText(body: unknown): string {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}

function seeded(seed: number): { next(): number } {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}
