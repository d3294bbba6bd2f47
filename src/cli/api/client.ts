import type { JobView, Overview, PoolView, RunnerView, WhyView } from "../../core/ports/read-model.ts";
import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { callFailure, httpCall, type CallRequest, type CallResponse } from "../http-call.ts";
import { findServer, type Server } from "./find-server.ts";
import type { ServerChoice } from "./server-options.ts";

/** The running Drover, as its HTTP API shows it. Every call throws {CliError} with the fitting exit code. */
export interface ApiClient {
  overview(): Promise<Overview>;
  pools(): Promise<readonly PoolView[]>;
  runners(filter?: ListFilter): Promise<{ readonly total: number; readonly runners: readonly RunnerView[] }>;
  jobs(filter?: ListFilter): Promise<{ readonly total: number; readonly jobs: readonly JobView[] }>;
  why(job: string): Promise<WhyView>;
  /** The last `maxBytes` of what the runner wrote. */
  runnerLog(runner: string, maxBytes: number): Promise<string>;
  setDrained(pool: string, drained: boolean): Promise<void>;
}

export interface ListFilter {
  readonly pool?: string | undefined;
  readonly limit?: number;
}

/** @throws {CliError} nothing says which Drover is meant (exit code 2). */
export async function connect(choice: ServerChoice, io: Io): Promise<ApiClient> {
  const server = await findServer(choice, io);
  const ask = async (path: string): Promise<unknown> => parse(await callApi(server, { method: "GET", path }, io));
  return {
    overview: async () => (await ask("/api/v1/overview")) as Overview,
    pools: async () => ((await ask("/api/v1/pools")) as { pools: readonly PoolView[] }).pools,
    runners: async (filter) =>
      (await ask(`/api/v1/runners${query(filter)}`)) as Awaited<ReturnType<ApiClient["runners"]>>,
    jobs: async (filter) => (await ask(`/api/v1/jobs${query(filter)}`)) as Awaited<ReturnType<ApiClient["jobs"]>>,
    why: async (job) => (await ask(`/api/v1/jobs/${encodeURIComponent(job)}/why`)) as WhyView,
    runnerLog: async (runner, maxBytes) => {
      const path = `/api/v1/runners/${encodeURIComponent(runner)}/log?maxBytes=${maxBytes}`;
      return (await callApi(server, { method: "GET", path }, io)).text;
    },
    setDrained: async (pool, drained) => {
      const path = `/api/v1/pools/${encodeURIComponent(pool)}/${drained ? "drain" : "resume"}`;
      await callApi(server, { method: "POST", path }, io);
    },
  };
}

function query(filter: ListFilter = {}): string {
  const search = new URLSearchParams();
  if (filter.pool !== undefined) search.set("pool", filter.pool);
  if (filter.limit !== undefined) search.set("limit", String(filter.limit));
  return search.size === 0 ? "" : `?${search.toString()}`;
}

async function callApi(server: Server, call: Omit<CallRequest, "signal">, io: Io): Promise<CallResponse> {
  const headers: Record<string, string> = server.token === undefined ? {} : { authorization: `Bearer ${server.token}` };
  let answer;
  try {
    answer = await httpCall(server.target, { ...call, headers, signal: io.signal });
  } catch (error) {
    throw new CliError(`The running Drover at ${server.name} cannot be reached: ${callFailure(error)}.`, {
      exitCode: exitCode.unreachable,
      remedy: "Is it running? Start it with: drover up. Is it another one? Name it with -c FILE or --server URL.",
      cause: error,
    });
  }
  if (answer.status < 400) return answer;
  throw refusal(answer, server);
}

function refusal({ status, text }: CallResponse, server: Server): CliError {
  const { message, remedy } = errorIn(text);
  if (message === undefined) {
    return new CliError(
      `What answers at ${server.name} is no Drover: its answer has status ${status} and says nothing more.`,
      {
        exitCode: exitCode.unreachable,
        remedy: "Check the address after --server, in DROVER_SERVER or in drover.yaml.",
      },
    );
  }
  const withRemedy = remedy === undefined ? {} : { remedy };
  switch (status) {
    case 401:
      return new CliError(`The running Drover at ${server.name} refused the token: ${message}`, {
        exitCode: exitCode.denied,
        remedy: "Name the token's file with --token-file FILE, put the token into DROVER_TOKEN, or use the socket.",
      });
    case 403:
      return new CliError(message, { exitCode: exitCode.denied, ...withRemedy });
    case 404:
      return new CliError(message, { exitCode: exitCode.notFound, ...withRemedy });
    default:
      return new CliError(`The running Drover at ${server.name} refused: ${message}`, withRemedy);
  }
}

function errorIn(text: string): { readonly message?: string; readonly remedy?: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string; remedy?: string } };
    return error ?? {};
  } catch {
    return {};
  }
}

function parse(answer: CallResponse): unknown {
  try {
    return JSON.parse(answer.text);
  } catch (error) {
    throw new CliError("The answer was not JSON, so this is no Drover.", {
      remedy: "Check the address after --server.",
      cause: error,
    });
  }
}
