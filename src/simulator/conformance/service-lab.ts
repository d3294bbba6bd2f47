import { generateKeyPairSync } from "node:crypto";
import { request as httpRequest } from "node:http";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { inProcessFront } from "../github/in-process/in-process-front.ts";
import type { RsaPrivateJwk } from "../github/model/jit/rsa-parameters.ts";
import type { KeyRing } from "../github/model/key-ring.ts";
import { type Flavour, flavours, type ServiceLimits } from "../github/model/options.ts";
import { queueRawJob, type RawJobWish } from "../github/model/raw-job.ts";
import type { Job, Runner } from "../github/model/records.ts";
import { createSimulatedGitHub, type SimulatedGitHub } from "../simulated-github.ts";
import { startSimulator } from "../start-simulator.ts";

export type FrontName = "in-process" | "http";
export const bothFronts: readonly FrontName[] = ["in-process", "http"];

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  // Tests look into answers of many shapes; a wrong look fails the test.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

/** What an element of a queue message says, as far as tests look. */
export interface JobMessage {
  readonly messageType: string;
  readonly runnerRequestId: number;
  readonly jobId: string;
  readonly [member: string]: unknown;
}

let sharedKey: RsaPrivateJwk | undefined;

/** One key for every runner of every test: making one takes a while and tests do not care. */
export const labKeys: KeyRing = {
  next: (onKey) => {
    sharedKey ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      format: "jwk",
    }) as unknown as RsaPrivateJwk;
    onKey(sharedKey);
  },
};

export class VirtualClock {
  #nowMs = Date.UTC(2026, 10, 21, 12);

  nowMs(): number {
    return this.#nowMs;
  }

  pass(durationMs: number): void {
    this.#nowMs += durationMs;
  }
}

/** Mulberry32: small, and the same everywhere. */
export function seededRandom(seed: number): { next(): number } {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

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

/** Speaks to the Actions Service with an admin token. Paths begin behind `/_apis/runtime`. */
export class AdminClient {
  readonly lab: ServiceLab;
  readonly serviceUrl: string;
  token: string;

  constructor(lab: ServiceLab, serviceUrl: string, token: string) {
    this.lab = lab;
    this.serviceUrl = serviceUrl;
    this.token = token;
  }

  call(method: string, path: string, body?: unknown, token = this.token): Promise<Answer> {
    const base = this.serviceUrl.replace(/\/$/, "");
    return this.lab.send(
      method,
      `${base}${path.startsWith("/_apis") ? path : `/_apis/runtime${path}`}`,
      { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  get(path: string): Promise<Answer> {
    return this.call("GET", path);
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.call("POST", path, body);
  }

  async scaleSet(
    name: string,
    labels: readonly string[] = [name],
    more: Record<string, unknown> = {},
  ): Promise<number> {
    const created = await this.post("/runnerscalesets", {
      name,
      labels: labels.map((label) => ({ type: "System", name: label })),
      RunnerSetting: {},
      createdOn: "0001-01-01T00:00:00Z",
      ...more,
    });
    return created.json.id as number;
  }

  async session(scaleSetId: number, ownerName = "host-1"): Promise<QueueClient> {
    const created = await this.post(`/runnerscalesets/${scaleSetId}/sessions`, {
      sessionId: "00000000-0000-0000-0000-000000000000",
      ownerName,
    });
    if (created.status !== 200) throw new Error(`no session: ${created.status} ${created.body}`);
    return new QueueClient(this, scaleSetId, created.json);
  }
}

/** Speaks to one scale set's queue. */
export class QueueClient {
  readonly admin: AdminClient;
  readonly scaleSetId: number;
  readonly sessionId: string;
  url: string;
  token: string;

  constructor(
    admin: AdminClient,
    scaleSetId: number,
    session: { readonly sessionId: string; readonly messageQueueUrl: string; readonly messageQueueAccessToken: string },
  ) {
    this.admin = admin;
    this.scaleSetId = scaleSetId;
    this.sessionId = session.sessionId;
    this.url = session.messageQueueUrl;
    this.token = session.messageQueueAccessToken;
  }

  get sessionPath(): string {
    return `/runnerscalesets/${this.scaleSetId}/sessions/${this.sessionId}`;
  }

  poll(
    options: { last?: number | string; capacity?: number | string | null; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const { last, capacity = 10, signal } = options;
    const url = last === undefined ? this.url : `${this.url}${this.url.includes("?") ? "&" : "?"}lastMessageId=${last}`;
    return this.admin.lab.send(
      "GET",
      url,
      {
        authorization: `Bearer ${this.token}`,
        accept: "application/json; api-version=6.0-preview",
        ...(capacity === null ? {} : { "X-ScaleSetMaxCapacity": String(capacity) }),
      },
      undefined,
      signal,
    );
  }

  /** Polls and gives up waiting at once: what would be there now. */
  async glance(options: { last?: number; capacity?: number } = {}): Promise<Answer | undefined> {
    const { lab } = this.admin;
    const parkedBefore = lab.model.parkedPollCount;
    const aborter = new AbortController();
    let answer: Answer | undefined;
    const polling = this.poll({ ...options, signal: aborter.signal }).then(
      (arrived) => (answer = arrived),
      () => undefined,
    );
    for (let turn = 0; answer === undefined && lab.model.parkedPollCount === parkedBefore; turn += 1) {
      if (turn > 20_000) throw new Error("the poll is neither answered nor parked");
      await setImmediate();
    }
    aborter.abort();
    await polling;
    if (answer === undefined) await lab.parked(parkedBefore);
    return answer;
  }

  ack(messageId: number): Promise<Answer> {
    const [path = "", query] = this.url.split("?");
    return this.admin.lab.send("DELETE", `${path}/${messageId}${query === undefined ? "" : `?${query}`}`, {
      authorization: `Bearer ${this.token}`,
      "content-type": "application/json",
    });
  }

  acquire(requestIds: readonly number[] | null): Promise<Answer> {
    return this.admin.call("POST", `/runnerscalesets/${this.scaleSetId}/acquirejobs`, requestIds, this.token);
  }
}

export function jobMessages(answer: Answer | undefined): JobMessage[] {
  return answer?.status === 200 ? (JSON.parse(answer.json.body as string) as JobMessage[]) : [];
}

export function typesOf(answer: Answer | undefined): string[] {
  return jobMessages(answer).map((message) => message.messageType);
}

function answerOf(status: number, headers: Readonly<Record<string, string | undefined>>, body: string): Answer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.replace(/^\uFEFF/, ""));
  } catch {
    parsed = undefined;
  }
  return { status, headers, body, json: parsed };
}

/** Plain HTTP without a library's kindnesses: no redirects, no retries, the byte order mark kept. */
function sendOverHttp(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: string,
  signal?: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }) },
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const text = response.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
          resolve(answerOf(response.statusCode ?? 0, response.headers as Record<string, string>, text.toString()));
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
