import type { WebSocket } from "ws";
import type { RunnerClock } from "../runner-clock.ts";

/** Shows log lines while a step runs. Best effort: whatever happens to it, the job goes on. */
export interface ConsoleFeed {
  push(stepId: string, lineNumber: number, line: string): void;
  /** Sends what is still waiting if the connection stands, then closes it. */
  close(): Promise<void>;
}

const batchEveryMs = 300;
const lineCharactersMax = 1024;
const waitingLinesMax = 4_000; // Older lines go first: the log has them all, the console shows what is new.
const connectTries = 3;
const closeWithinMs = 2_000;

interface WaitingLine {
  readonly stepId: string;
  readonly lineNumber: number;
  readonly line: string;
}

export function createConsoleFeed(options: {
  readonly url: string;
  readonly jobToken: string;
  readonly clock: RunnerClock;
  readonly verifyTls: boolean;
}): ConsoleFeed {
  const closing = new AbortController();
  let waiting: WaitingLine[] = [];
  let loop: Promise<void> | undefined;
  let socket: WebSocket | undefined;
  let failures = 0;

  const connected = async (): Promise<WebSocket | undefined> => {
    if (socket?.readyState === 1) return socket;
    if (failures >= connectTries) return undefined;
    try {
      socket = await connect(options.url, options.jobToken, options.verifyTls, closing.signal);
      return socket;
    } catch {
      failures += 1;
      return undefined;
    }
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted && waiting.length > 0) {
      await options.clock.sleep(batchEveryMs, closing.signal).catch(() => undefined);
      if (closing.signal.aborted) return;
      const target = await connected();
      if (failures >= connectTries) waiting = [];
      if (target !== undefined) flush(target);
    }
  };

  const flush = (target: WebSocket): void => {
    for (const batch of batchesByStep(waiting)) target.send(JSON.stringify(batch));
    waiting = [];
  };

  return {
    push(stepId, lineNumber, line) {
      if (closing.signal.aborted || failures >= connectTries) return;
      waiting.push({ stepId, lineNumber, line: line.slice(0, lineCharactersMax) });
      if (waiting.length > waitingLinesMax) waiting.splice(0, waiting.length - waitingLinesMax);
      loop ??= run().finally(() => {
        loop = undefined;
      });
    },
    async close() {
      closing.abort();
      await loop;
      const target = socket;
      if (target === undefined || target.readyState !== 1) return;
      flush(target);
      const closed = new Promise<void>((resolve) => target.once("close", () => resolve()));
      target.close();
      const timer = setTimeout(() => target.terminate(), closeWithinMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function batchesByStep(
  lines: readonly WaitingLine[],
): { count: number; value: string[]; stepId: string; startLine: number }[] {
  const batches: { count: number; value: string[]; stepId: string; startLine: number }[] = [];
  for (const { stepId, lineNumber, line } of lines) {
    const last = batches.at(-1);
    if (last?.stepId === stepId && last.startLine + last.count === lineNumber) {
      last.value.push(line);
      last.count += 1;
    } else {
      batches.push({ count: 1, value: [line], stepId, startLine: lineNumber });
    }
  }
  return batches;
}

async function connect(url: string, token: string, verifyTls: boolean, signal: AbortSignal): Promise<WebSocket> {
  // Loaded with the first lines to show: a runner that waits for a job needs no websocket.
  const { WebSocket: Socket } = await import("ws");
  return await new Promise((resolve, reject) => {
    const socket = new Socket(url, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: 10_000,
      perMessageDeflate: false,
      rejectUnauthorized: verifyTls,
    });
    const abandon = (): void => socket.terminate();
    signal.addEventListener("abort", abandon, { once: true });
    socket.on("error", (error) => {
      signal.removeEventListener("abort", abandon);
      reject(error);
    });
    socket.once("open", () => {
      signal.removeEventListener("abort", abandon);
      resolve(socket);
    });
  });
}
