import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, constants, mkdirSync, openSync, unlinkSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";

export interface OutputPipe {
  readonly reader: Socket;
  /** To be the child's standard output and error both. */
  readonly writerFd: number;
  /** The child has its own copy: ours goes, so that the pipe ends with the last writer. */
  closeWriter(): void;
}

const batch = 8;
/** Part of every Unix; Node itself cannot make a named pipe. */
const pipeMaker = "mkfifo";

/**
 * Real pipes for the output of steps, standard output and error in one, so that lines keep the order in which they were
 * written. Node's own child pipes are sockets: there `echo x >/dev/stderr` fails, which works under GitHub's runner.
 */
export class OutputPipes {
  readonly #directory: string;
  readonly #open = new Set<Socket>();
  #ready: Promise<string[]> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the first pipes, so that the first step does not wait for them. */
  prepare(): void {
    this.#ready ??= this.#make();
    this.#ready.catch(() => undefined); // `take` tells.
  }

  async take(): Promise<OutputPipe> {
    this.#ready ??= this.#make();
    const paths = await this.#ready;
    const path = paths.pop();
    if (paths.length === 0) this.#ready = undefined;
    if (path === undefined) return await this.take();
    const readerFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writerFd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    const reader = new Socket({ fd: readerFd, readable: true, writable: false });
    this.#open.add(reader);
    reader.on("error", () => undefined);
    reader.on("close", () => this.#open.delete(reader));
    let closed = false;
    return {
      reader,
      writerFd,
      closeWriter: () => {
        if (!closed) closeSync(writerFd);
        closed = true;
      },
    };
  }

  /** Ends reading from processes that outlived their step, at the end of the job. */
  close(): void {
    for (const reader of this.#open) reader.destroy();
  }

  async #make(): Promise<string[]> {
    mkdirSync(this.#directory, { recursive: true });
    const paths = Array.from({ length: batch }, () => join(this.#directory, `output_${randomUUID()}`));
    await new Promise<void>((resolve, reject) => {
      execFile(pipeMaker, ["-m", "600", ...paths], (error) => (error === null ? resolve() : reject(error)));
    });
    return paths;
  }
}
