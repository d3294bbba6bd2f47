import { PatTokenSource } from "../../src/scale-set/pat-token.ts";
import type { HttpRequest } from "../../src/scale-set/ports.ts";
import { ScaleSetClient, type ScaleSetClientOptions } from "../../src/scale-set/scale-set-client.ts";
import { answer, jwt, ScriptedTransport, type Scripted } from "./scripted-transport.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface ClientSetup {
  readonly client: ScaleSetClient;
  readonly clock: VirtualClock;
  readonly transport: ScriptedTransport;
  /** Requests that are not part of the token exchange. */
  calls(): readonly HttpRequest[];
  /** How often step C was answered. */
  exchanges(): number;
}

/** A client whose token exchange works; the test answers the rest. */
export function clientSetup(
  options: {
    readonly answers?: readonly Scripted[] | ((request: HttpRequest, index: number) => Scripted | undefined);
    readonly serviceUrl?: string;
    /** Life of an admin token; default 1 h. */
    readonly adminTokenMs?: number;
  } & Partial<ScaleSetClientOptions> = {},
): ClientSetup {
  const { answers = [], serviceUrl = "https://service.test/tenant/1/", adminTokenMs = 3_600_000, ...rest } = options;
  const clock = new VirtualClock();
  const calls: HttpRequest[] = [];
  let exchangeCount = 0;
  const transport = new ScriptedTransport((request) => {
    if (request.url.endsWith("/registration-token")) return answer(201, { token: "registration-token-secret" });
    if (request.url.endsWith("/actions/runner-registration")) {
      exchangeCount += 1;
      return answer(200, { url: serviceUrl, token: jwt(clock.nowMs() + adminTokenMs, { nr: exchangeCount }) });
    }
    calls.push(request);
    return typeof answers === "function" ? answers(request, calls.length - 1) : answers[calls.length - 1];
  });
  const client = new ScaleSetClient({
    configUrl: "https://github.com/acme",
    tokenSource: new PatTokenSource("ghp_personal_access_token"),
    transport,
    clock,
    identity: { system: "drover" },
    ...rest,
  });
  return { client, clock, transport, calls: () => calls, exchanges: () => exchangeCount };
}

export const statistics = {
  totalAvailableJobs: 0,
  totalAcquiredJobs: 0,
  totalAssignedJobs: 0,
  totalRunningJobs: 0,
  totalRegisteredRunners: 0,
  totalBusyRunners: 0,
  totalIdleRunners: 0,
};

export const sessionId = "5f2c1f1e-7a55-4f0e-9d2e-6a6a4d4f9b10";

/** What the service answers to the creation of a session. */
export function sessionAnswer(overrides: Readonly<Record<string, unknown>> = {}) {
  return answer(200, {
    sessionId,
    ownerName: "host-1",
    runnerScaleSet: { id: 7, name: "linux" },
    messageQueueUrl: "https://queue.test/scalesets/message",
    messageQueueAccessToken: "queue-token-1",
    statistics,
    ...overrides,
  });
}
