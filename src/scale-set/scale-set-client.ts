import { ActionsService } from "./actions-service.ts";
import { AdminConnection } from "./admin-connection.ts";
import type { Line } from "./checked-call.ts";
import { parseConfigUrl, type ConfigUrl } from "./config-url.ts";
import { asObject, DecodeError, member, textMember } from "./json.ts";
import { createMessageSession, type MessageSession } from "./message-session.ts";
import type { CallOptions, Clock, Log, Transport } from "./ports.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";
import {
  decodeList,
  decodeRunner,
  decodeRunnerGroup,
  decodeScaleSet,
  encodeScaleSet,
  type RunnerGroup,
  type RunnerReference,
  type RunnerScaleSet,
  type ScaleSetSettings,
} from "./scale-set.ts";
import { isServiceError, ServiceError } from "./service-error.ts";
import type { TokenSource } from "./token-source.ts";
import { userAgent, type SystemIdentity } from "./user-agent.ts";

export interface ScaleSetClientOptions {
  /** Where the scale sets live, for example `https://github.com/acme`, `https://ghes.example.com/acme/widgets`. */
  readonly configUrl: string | ConfigUrl;
  readonly tokenSource: TokenSource;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly identity: SystemIdentity;
  readonly retry?: Partial<RetryPolicy>;
  readonly log?: Log;
}

/** What makes one instance a runner. */
export interface JitRunner {
  readonly runner: RunnerReference;
  /** Holds a private key: a secret. Hand it over in `ACTIONS_RUNNER_INPUT_JITCONFIG`, never in an argument. */
  readonly encodedJitConfig: string;
}

const scaleSets = "/_apis/runtime/runnerscalesets";
const agents = "/_apis/distributedtask/pools/0/agents";

/**
 * Client of GitHub's Actions Service for runner scale sets. Sends nothing until its first call; then keeps its own
 * admin token fresh. Calls may run concurrently. Every method rejects with a {@link ServiceError}, whose `kind` tells
 * what happened; a fired signal is kind `Aborted`.
 */
export class ScaleSetClient {
  readonly configUrl: ConfigUrl;
  readonly #line: Line;
  readonly #service: ActionsService;
  readonly #log: Log;
  #identity: SystemIdentity;

  /** @throws {ConfigUrlError} the configuration URL names no scope. */
  constructor(options: ScaleSetClientOptions) {
    this.configUrl = typeof options.configUrl === "string" ? parseConfigUrl(options.configUrl) : options.configUrl;
    this.#identity = options.identity;
    this.#log = options.log ?? (() => undefined);
    const { transport, clock, tokenSource } = options;
    this.#line = { transport, clock, retry: { ...defaultRetryPolicy, ...options.retry } };
    const agent = () => this.userAgent;
    const admin = new AdminConnection({ line: this.#line, configUrl: this.configUrl, tokenSource, userAgent: agent });
    this.#service = new ActionsService({ line: this.#line, admin, userAgent: agent });
  }

  /** Value of the `User-Agent` header of the requests from now on. */
  get userAgent(): string {
    return userAgent(this.#identity);
  }

  /** Tells GitHub something else about the program from now on, the scale set's id for example. */
  identify(identity: Partial<SystemIdentity>): void {
    this.#identity = { ...this.#identity, ...identity };
  }

  /** @throws {ServiceError} `RunnerGroupNotFound`. The group with id 1 always exists; look nothing up for it. */
  async getRunnerGroupByName(name: string, options: CallOptions): Promise<RunnerGroup> {
    const path = "/_apis/runtime/runnergroups/";
    const groups = await this.#service.call(
      {
        method: "GET",
        path,
        query: [["groupName", name]],
        expected: 200,
        decode: (value) => decodeList(value, decodeRunnerGroup),
      },
      options,
    );
    const group = theOnly(groups, path, `multiple runner group found with name "${name}"`);
    if (group !== null) return group;
    const message = `no runner group found with name "${name}"`;
    throw new ServiceError("RunnerGroupNotFound", message, { method: "GET", url: path });
  }

  /** Null when the group has no scale set of that name. */
  async getScaleSetByName(
    scaleSet: { readonly name: string; readonly runnerGroupId: number },
    options: CallOptions,
  ): Promise<RunnerScaleSet | null> {
    const found = await this.#service.call(
      {
        method: "GET",
        path: scaleSets,
        query: [
          ["runnerGroupId", String(scaleSet.runnerGroupId)],
          ["name", scaleSet.name],
        ],
        expected: 200,
        decode: (value) => decodeList(value, decodeScaleSet),
      },
      options,
    );
    return theOnly(found, scaleSets, `multiple runner scale sets found with name "${scaleSet.name}"`);
  }

  /** @throws {ServiceError} `ScaleSetNotFound`. Null only when the service answers with nothing. */
  getScaleSet(scaleSetId: number, options: CallOptions): Promise<RunnerScaleSet | null> {
    return this.#service.call(
      {
        method: "GET",
        path: `${scaleSets}/${scaleSetId}`,
        expected: 200,
        decode: (value) => (value === null ? null : decodeScaleSet(value)),
      },
      options,
    );
  }

  /**
   * Creates a scale set. Compare the labels of the result with the ones you asked for: a GitHub Enterprise Server may
   * drop all but the first without a word.
   *
   * @throws {ServiceError} `ScaleSetExists`: the group has that name already, perhaps from a first copy of this call.
   * @throws {TypeError} neither a name nor a label.
   */
  async createScaleSet(settings: ScaleSetSettings, options: CallOptions): Promise<RunnerScaleSet> {
    const labels = settings.labels ?? [];
    const name = settings.name ?? "";
    if (labels.length === 0 && name === "")
      throw new TypeError("runner scale set must have a name or at least one label");
    const complete = { ...settings, labels: labels.length === 0 ? [{ name }] : labels };
    return this.#service.call(
      { method: "POST", path: scaleSets, body: encodeScaleSet(complete), expected: 200, decode: decodeScaleSet },
      options,
    );
  }

  /** Changes what `settings` names and nothing else. */
  updateScaleSet(scaleSetId: number, settings: ScaleSetSettings, options: CallOptions): Promise<RunnerScaleSet> {
    return this.#service.call(
      {
        method: "PATCH",
        path: `${scaleSets}/${scaleSetId}`,
        body: encodeScaleSet(settings),
        expected: 200,
        decode: decodeScaleSet,
      },
      options,
    );
  }

  /** Deletes the scale set with its session, queue and registrations. */
  async deleteScaleSet(scaleSetId: number, options: CallOptions): Promise<void> {
    const path = `${scaleSets}/${scaleSetId}`;
    await this.#service.call({ method: "DELETE", path, expected: 204, decode: () => undefined }, options);
  }

  /**
   * Registers a runner and returns what lets one instance become it. Not idempotent: repeated by the retry policy, the
   * call may meet its own first copy.
   *
   * @param runner.workFolder empty (the default) means the runner's own default, `_work`.
   * @throws {ServiceError} `RunnerExists`: the name is taken; `ScaleSetNotFound`.
   */
  generateJitConfig(
    scaleSetId: number,
    runner: { readonly name: string; readonly workFolder?: string },
    options: CallOptions,
  ): Promise<JitRunner> {
    return this.#service.call(
      {
        method: "POST",
        path: `${scaleSets}/${scaleSetId}/generatejitconfig`,
        body: { name: runner.name, workFolder: runner.workFolder ?? "" },
        expected: 200,
        decode: (value) => {
          const answer = asObject(value, "the answer");
          const encodedJitConfig = textMember(answer, "encodedJITConfig");
          if (encodedJitConfig === "") throw new DecodeError("encodedJITConfig is missing");
          return { runner: decodeRunner(member(answer, "runner")), encodedJitConfig };
        },
      },
      options,
    );
  }

  /** @throws {ServiceError} `RunnerNotFound`. */
  getRunner(runnerId: number, options: CallOptions): Promise<RunnerReference> {
    return this.#service.call(
      { method: "GET", path: `${agents}/${runnerId}`, expected: 200, decode: decodeRunner },
      options,
    );
  }

  /** Null when no runner has that name. */
  async getRunnerByName(name: string, options: CallOptions): Promise<RunnerReference | null> {
    const found = await this.#service.call(
      {
        method: "GET",
        path: agents,
        query: [["agentName", name]],
        expected: 200,
        decode: (value) => decodeList(value, decodeRunner),
      },
      options,
    );
    return theOnly(found, agents, `multiple runners found with name "${name}"`);
  }

  /**
   * Removes a registration. Success means that the service will give the runner no job any more.
   *
   * @throws {ServiceError} `JobStillRunning`: it has one; `RunnerNotFound`, on some servers, when it was gone already.
   */
  async removeRunner(runnerId: number, options: CallOptions): Promise<void> {
    const path = `${agents}/${runnerId}`;
    await this.#service.call({ method: "DELETE", path, expected: 204, decode: () => undefined }, options);
  }

  /** The same for callers that only want the registration gone: a runner that never was counts as gone. */
  async deregisterRunner(runnerId: number, options: CallOptions): Promise<"gone" | "job-running"> {
    try {
      await this.removeRunner(runnerId, options);
      return "gone";
    } catch (error) {
      if (isServiceError(error, "RunnerNotFound")) return "gone";
      if (isServiceError(error, "JobStillRunning")) return "job-running";
      throw error;
    }
  }

  /**
   * Takes the scale set's one session: the right to its messages.
   *
   * @param session.ownerName shown to others who want the session; the host's name, for example.
   * @param session.retry policy for the session's own requests; default: the client's.
   * @throws {ServiceError} `SessionConflict`: somebody has it, possibly a first copy of this call whose answer was lost. An
   * abandoned session is freed by the service after one to one and a half minutes.
   */
  createMessageSession(
    scaleSetId: number,
    session: { readonly ownerName: string; readonly retry?: Partial<RetryPolicy> },
    options: CallOptions,
  ): Promise<MessageSession> {
    const line = { ...this.#line, retry: { ...this.#line.retry, ...session.retry } };
    const setup = { service: this.#service, line, userAgent: this.userAgent, log: this.#log, scaleSetId };
    return createMessageSession(setup, session.ownerName, options);
  }
}

function theOnly<T>(found: readonly T[], url: string, ambiguous: string): T | null {
  if (found.length > 1) throw new ServiceError("Ambiguous", ambiguous, { method: "GET", url });
  return found[0] ?? null;
}
