import { hostname } from "node:os";
import type { JitConfig } from "../jit-config.ts";
import { text } from "./json-fields.ts";
import type { ServiceCaller } from "./service-call.ts";

export const runnerVersion = "2.336.0";

export interface BrokerMessage {
  readonly messageId: string;
  readonly messageType: string;
  /** JSON text, its shape set by the type. */
  readonly body: string;
}

type RunnerStatus = "Online" | "Busy";

export interface BrokerClient {
  openSession(signal: AbortSignal): Promise<string>;
  /** Waits up to the service's hold time (about 50 s); undefined when there was nothing. */
  poll(sessionId: string, status: RunnerStatus, signal: AbortSignal): Promise<BrokerMessage | undefined>;
  acknowledge(sessionId: string, runnerRequestId: string, status: RunnerStatus, signal: AbortSignal): Promise<void>;
  closeSession(signal: AbortSignal): Promise<void>;
}

const architectures: Readonly<Record<string, string>> = { x64: "X64", arm64: "ARM64", arm: "ARM" };
const systems: Readonly<Record<string, string>> = { linux: "Linux", darwin: "macOS", win32: "Windows" };

/** Operating system and architecture in the words of the runner's protocol and of `runner.os` and `runner.arch`. */
export const runnerOs = systems[process.platform] ?? "Linux";
export const runnerArchitecture = architectures[process.arch] ?? "X64";

export function createBrokerClient(config: JitConfig, service: ServiceCaller): BrokerClient {
  const address = (path: string, query: Record<string, string>): string => {
    const url = new URL(path, config.brokerUrl);
    url.search = new URLSearchParams(query).toString();
    return url.href;
  };
  const identity = { runnerVersion, os: runnerOs, architecture: runnerArchitecture };

  return {
    async openSession(signal) {
      const answer = await service.call({
        what: "create session",
        method: "POST",
        url: address("session", {}),
        body: {
          sessionId: "00000000-0000-0000-0000-000000000000",
          ownerName: `${hostname()} (PID: ${process.pid})`,
          agent: {
            id: Number(config.runnerId),
            name: config.runnerName,
            version: runnerVersion,
            osDescription: `${runnerOs} ${process.arch}`,
          },
          useFipsEncryption: false,
        },
        signal,
      });
      const sessionId = text(answer, "sessionId");
      if (sessionId === undefined) throw new Error("The broker's session answer has no sessionId.");
      return sessionId;
    },
    async poll(sessionId, status, signal) {
      const query = { sessionId, status, ...identity, disableUpdate: String(config.disableUpdate) };
      const answer = await service.call({
        what: "get message",
        method: "GET",
        url: address("message", query),
        signal,
        tries: 1,
      });
      const messageType = text(answer, "messageType");
      if (messageType === undefined) return undefined;
      return { messageId: text(answer, "messageId") ?? "", messageType, body: text(answer, "body") ?? "" };
    },
    async acknowledge(sessionId, runnerRequestId, status, signal) {
      await service.call({
        what: "acknowledge job",
        method: "POST",
        url: address("acknowledge", { sessionId, status, ...identity }),
        body: { runnerRequestId },
        signal,
        timeoutMs: 5_000,
        tries: 1,
      });
    },
    async closeSession(signal) {
      await service.call({
        what: "delete session",
        method: "DELETE",
        url: address("session", {}),
        signal,
        timeoutMs: 10_000,
      });
    },
  };
}
