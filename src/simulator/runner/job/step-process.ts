import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { RunnerClock } from "../runner-clock.ts";
import { LineSplitter } from "../log/line-splitter.ts";
import type { OutputPipe, OutputPipes } from "./output-pipes.ts";
import { killTree } from "./process-table.ts";

/** The step was told to stop, by cancellation, time-out or shutdown, and did. */
export class StepCanceledError extends Error {
  override readonly name = "StepCanceledError";

  constructor() {
    super("The operation was canceled.");
  }
}

export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** Asked after output was handed on: something to wait for before more is read. */
  readonly room: () => Promise<void> | undefined;
  readonly pipes: OutputPipes;
  readonly clock: RunnerClock;
  /** Ends the process gently: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL to the whole tree. */
  readonly cancel: AbortSignal;
  /** Ends it at once. */
  readonly kill: AbortSignal;
}

/** The system's own sentences, for which Node has codes only. */
const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  EACCES: "Permission denied",
  E2BIG: "Argument list too long",
};
const interruptWaitMs = 7_500;
const terminateWaitMs = 2_500;
const quietMs = 100;
const drainMs = 5_000;

/**
 * Runs a process in a session and process group of its own and resolves with its exit code, 128 + n for signal n.
 * Processes it leaves in the background live on until the end of the job, as under GitHub's runner.
 *
 * @throws {StepCanceledError} after `cancel` or `kill`, whatever the exit code was.
 * @throws {Error} when it cannot be started.
 */
export async function runStepProcess(request: ProcessRequest): Promise<number> {
  const pipe = await request.pipes.take();
  const splitter = new LineSplitter(request.onLine);
  let received = 0;
  let waitsForRoom: Promise<void> | undefined;
  pipe.reader.on("data", (chunk: Buffer) => {
    received += 1;
    splitter.write(chunk);
    const room = request.room();
    if (room === undefined) return;
    pipe.reader.pause();
    waitsForRoom = room.finally(() => {
      waitsForRoom = undefined;
      pipe.reader.resume();
    });
  });

  const child = start(request, pipe);
  const exited = new AbortController();
  const exit = waitForExit(child).finally(() => exited.abort());
  const ending = endGently(child, request, exited.signal);
  let code: number;
  try {
    code = await exit;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const reason = systemErrors[code] ?? (error instanceof Error ? error.message : String(error));
    throw new Error(
      `An error occurred trying to start process '${request.file}' with working directory '${request.cwd}'. ${reason}`,
      { cause: error },
    );
  } finally {
    pipe.closeWriter();
    await ending;
  }
  if (request.cancel.aborted || request.kill.aborted) await drainUntilQuiet(pipe, () => received, request.clock);
  else await drainToEnd(pipe, () => waitsForRoom, request);
  splitter.end();
  // A background process may go on writing; it is read so that it does not block, and forgotten.
  pipe.reader.removeAllListeners("data").on("data", () => undefined);
  pipe.reader.unref();
  if (request.cancel.aborted || request.kill.aborted) throw new StepCanceledError();
  return code;
}

function start(request: ProcessRequest, pipe: OutputPipe): ChildProcess {
  try {
    return spawn(request.file, request.args, {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: ["ignore", pipe.writerFd, pipe.writerFd],
    });
  } finally {
    pipe.closeWriter();
  }
}

function waitForExit(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Waits until told to stop, then climbs the ladder of signals until the process is gone. Never rejects. */
async function endGently(child: ChildProcess, request: ProcessRequest, exited: AbortSignal): Promise<void> {
  const { cancel, kill, clock } = request;
  const pid = child.pid;
  if (pid === undefined) return;
  await firstOf([cancel, kill, exited]);
  const interrupted = AbortSignal.any([exited, kill]);
  const ladder: readonly [NodeJS.Signals, number][] = [
    ["SIGINT", interruptWaitMs],
    ["SIGTERM", terminateWaitMs],
  ];
  for (const [signal, waitMs] of ladder) {
    if (interrupted.aborted) break;
    child.kill(signal);
    await clock.sleep(waitMs, interrupted).catch(() => undefined);
  }
  if (!exited.aborted) killTree(pid);
}

function firstOf(signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return Promise.resolve();
  return new Promise((resolve) => any.addEventListener("abort", () => resolve(), { once: true }));
}

/**
 * Reads until the last writer is gone: what a background process says still belongs to the step. One that holds the pipe
 * open is given five seconds, as by GitHub's runner.
 */
async function drainToEnd(
  pipe: OutputPipe,
  waitsForRoom: () => Promise<void> | undefined,
  { clock, cancel, kill }: Pick<ProcessRequest, "clock" | "cancel" | "kill">,
): Promise<void> {
  const ended = AbortSignal.any([endOf(pipe), cancel, kill]);
  while (!ended.aborted) {
    await clock.sleep(drainMs, ended).catch(() => undefined);
    const room = waitsForRoom();
    if (room === undefined) return;
    // What was printed in time is not lost because the log could not be sent in time.
    await room;
  }
}

/** Reads what an interrupted process left: the end is where the pipe has been quiet for a moment, or five seconds. */
async function drainUntilQuiet(pipe: OutputPipe, received: () => number, clock: RunnerClock): Promise<void> {
  const ended = endOf(pipe);
  const endAtMs = clock.nowMs() + drainMs;
  for (let before = -1; before !== received() && clock.nowMs() < endAtMs && !ended.aborted;) {
    before = received();
    await clock.sleep(quietMs, ended).catch(() => undefined);
    // One full turn of the event loop: what waits in the pipe is read before it is called quiet.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
}

/** Fires once nobody can write any more and everything has been read. */
function endOf(pipe: OutputPipe): AbortSignal {
  const ended = new AbortController();
  pipe.reader.once("end", () => ended.abort());
  pipe.reader.once("close", () => ended.abort());
  if (pipe.reader.readableEnded || pipe.reader.destroyed) ended.abort();
  return ended.signal;
}
