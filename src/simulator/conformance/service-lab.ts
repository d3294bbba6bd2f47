import { setImmediate } from "node:timers/promises";
import { inProcessFront } from "../github/in-process/in-process-front.ts";
import { type Flavour, flavours, type ServiceLimits } from "../github/model/options.ts";
import { queueRawJob, type RawJobWish } from "../github/model/raw-job.ts";
import type { Job, Runner } from "../github/model/records.ts";
import { createSimulatedGitHub, type SimulatedGitHub } from "../simulated-github.ts";
import { startSimulator } from "../start-simulator.ts";
import { AdminClient } from "./lab-clients.ts";
import { labKeys, seededRandom, VirtualClock } from "./time-and-chance.ts";
import { type Answer, answerOf, sendOverHttp } from "./plain-http.ts";

export type FrontName = "in-process" | "http";
export const bothFronts: readonly FrontName[] = ["in-process", "http"];

export interface LabOptions {
  readonly front?: FrontName;
  readonly flavour?: Flavour["name"];
  readonly flavourChanges?: Partial<Flavour>;
  readonly limits?: Partial<ServiceLimits>;
}

/** A simulator under a clock that only the test turns, with a client that speaks plain HTTP. */
export class ServiceLab {
  readonly clock: VirtualClock;
  readonly gitHub: SimulatedGitHub;
  readonly url: string;
  readonly token = "ghp_lab";
  readonly #send: (
    method: string,
    url: string,
    headers: Record<string, string>,
    body?: string,
    signal?: AbortSignal,
  ) => Promise<Answer>;
  readonly #close: () => Promise<void>;

  private constructor(
    clock: VirtualClock,
    gitHub: SimulatedGitHub,
    url: string,
    send: ServiceLab["send"],
    close: () => Promise<void>,
  ) {
    this.clock = clock;
    this.gitHub = gitHub;
    this.url = url;
    this.#send = send;
    this.#close = close;
  }

  static async open(options: LabOptions = {}): Promise<ServiceLab> {
    const clock = new VirtualClock();
    const random = seededRandom(7);
    const repositories = ["acme/widgets", "acme/gadgets", "other/things"];
    if (options.front === "http") {
      const simulator = await startSimulator({
        clock,
        random,
        keys: labKeys,
        repositories,
        token: "ghp_lab",
        ...(options.flavour === undefined ? {} : { flavour: options.flavour }),
        ...(options.flavourChanges === undefined ? {} : { flavourChanges: options.flavourChanges }),
        ...(options.limits === undefined ? {} : { limits: options.limits }),
      });
      simulator.model.tenants.addEnterprise("megacorp", ["acme"]);
      return new ServiceLab(clock, simulator, simulator.url, sendOverHttp, () => simulator.close());
    }
    const url = "http://127.0.0.1:39001";
    const gitHub = createSimulatedGitHub({
      clock,
      random,
      keys: labKeys,
      serverUrl: url,
      repositories,
      flavour: { ...flavours[options.flavour ?? "dotcom"], ...options.flavourChanges },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    gitHub.model.credentials.addPersonalToken("ghp_lab");
    gitHub.model.tenants.addEnterprise("megacorp", ["acme"]);
    const front = inProcessFront({ router: gitHub.router });
    const send: ServiceLab["send"] = async (method, target, headers, body, signal) => {
      const response = await front.send(
        { method, url: target, headers, ...(body === undefined ? {} : { body }) },
        { signal: signal ?? new AbortController().signal },
      );
      return answerOf(response.status, response.headers, response.body);
    };
    return new ServiceLab(clock, gitHub, url, send, () => {
      gitHub.model.releasePolls();
      return Promise.resolve();
    });
  }

  get model() {
    return this.gitHub.model;
  }

  send(
    method: string,
    url: string,
    headers: Record<string, string>,
    body?: string,
    signal?: AbortSignal,
  ): Promise<Answer> {
    return this.#send(method, url, headers, body, signal);
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** Lets time pass, in steps no longer than `stepMs`, so that what is due happens on the way. */
  pass(durationMs: number, stepMs = durationMs): void {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= stepMs) {
      this.clock.pass(Math.min(stepMs, leftMs));
      this.model.advance();
    }
  }

  /** A REST call with the lab's token; `path` begins behind `/api/v3`. */
  rest(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(
      method,
      `${this.url}/api/v3${path}`,
      { authorization: `Bearer ${this.token}`, ...headers },
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  control(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, `${this.url}/_drover${path}`, {}, body === undefined ? undefined : JSON.stringify(body));
  }

  /** Steps B and C for a config path such as `acme` or `acme/widgets`. */
  async connect(configPath = "acme"): Promise<AdminClient> {
    const segments = configPath.split("/");
    const scope =
      segments[0] === "enterprises" ? configPath : segments.length === 2 ? `repos/${configPath}` : `orgs/${configPath}`;
    const registration = await this.rest("POST", `/${scope}/actions/runners/registration-token`);
    const exchange = await this.send(
      "POST",
      `${this.url}/api/v3/actions/runner-registration`,
      { authorization: `RemoteAuth ${registration.json.token}`, "content-type": "application/json" },
      `${JSON.stringify({ url: `${this.url}/${configPath}`, runner_event: "register" })}\n`,
    );
    return new AdminClient(this, exchange.json.url as string, exchange.json.token as string);
  }

  queueJob(wish: Partial<RawJobWish> = {}): Job {
    return queueRawJob(this.model, { repository: "acme/widgets", labels: ["linux"], ...wish });
  }

  /** Waits until this many queue polls are parked. Only the HTTP front needs turns of the event loop for it. */
  async parked(count: number): Promise<void> {
    for (let turn = 0; this.model.parkedPollCount !== count; turn += 1) {
      if (turn > 20_000) throw new Error(`${this.model.parkedPollCount} polls are parked, not ${count}`);
      await setImmediate();
    }
  }

  /** A runner of the scale set that is connected and waits. */
  async onlineRunner(client: AdminClient, scaleSetId: number, name: string): Promise<Runner> {
    const jit = await client.post(`/runnerscalesets/${scaleSetId}/generatejitconfig`, { name, workFolder: "" });
    return this.model.connectRunner(jit.json.runner.id as number);
  }

  /** The runner takes what is held out to it. */
  take(runner: Runner): Job {
    const offered = this.model.offerFor(runner.id);
    if (offered === undefined) throw new Error(`no job is held out to ${runner.name}`);
    return this.model.takeJob(runner.id, offered.spec.jobId);
  }
}
