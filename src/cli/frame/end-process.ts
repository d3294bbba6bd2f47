import type { Writable } from "node:stream";

/**
 * Ends the process once its output has arrived: a pipe takes 64 KiB at once, and `process.exit` forgets the rest. Not left to
 * Node alone, because keep-alive sockets would hold the process for seconds after the last line.
 */
export async function endProcess(code: number): Promise<never> {
  // A reader that never reads must not make the process deaf.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => process.exit(code));
  await Promise.all([process.stdout, process.stderr].map(arrived));
  process.exit(code);
}

/** A reader that went away is as good: nobody misses the rest. */
async function arrived(stream: Writable): Promise<void> {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}
