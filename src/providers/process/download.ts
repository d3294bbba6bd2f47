import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat, type FileHandle } from "node:fs/promises";
import type { Clock } from "../../core/ports/clock.ts";
import { messageOf, RunnerSoftwareError, systemCode } from "./errors.ts";

export type Fetch = (url: string, init: { headers: Record<string, string>; signal: AbortSignal }) => Promise<Response>;

/** Without a byte for so long, the connection is given up. */
const stallMs = 60_000;
const tries = 4;

interface Download {
  readonly url: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Kept when the connection is cut, so that the next try goes on where this one ended. */
  readonly file: string;
  readonly clock: Clock;
  readonly fetch: Fetch;
}

/**
 * Downloads one file and verifies its checksum before anybody may use it.
 *
 * @throws {RunnerSoftwareError} wrong sum, or not to be had.
 */
export async function download(what: Download): Promise<void> {
  let last: unknown;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await what.clock.sleep(500 * 2 ** attempt, new AbortController().signal);
    const beganAt = await sizeOf(what.file);
    try {
      const sum = await fetchRest(what, beganAt);
      if (sum === what.sha256.toLowerCase()) return;
      await rm(what.file, { force: true });
      // A part of an earlier try may be of another file; a whole one is what the server has.
      if (beganAt > 0) {
        last = new Error("what had been downloaded before did not fit what the server has now");
        continue;
      }
      throw new RunnerSoftwareError(
        `${withoutQuery(what.url)} has the SHA-256 ${sum}, not ${what.sha256}, so it is not the runner that the configuration names. ` +
          "Drover threw it away and launches nothing from it. Compare runner.sha256 with the release's notes, and look at who serves the file.",
        { retryable: false },
      );
    } catch (error) {
      if (error instanceof RunnerSoftwareError || systemCode(error) === "ENOSPC") throw error;
      last = error;
    }
  }
  throw new RunnerSoftwareError(
    `${withoutQuery(what.url)} could not be downloaded: ${messageOf(last)}. Drover tries again at the next launch and goes on ` +
      "where this try ended. Check the way there (proxy, firewall), or name a mirror with runner.url.",
    { retryable: true, cause: last },
  );
}

/** Appends what is missing from `beganAt` on; returns the checksum of the whole file. */
async function fetchRest(what: Download, beganAt: number): Promise<string> {
  const giveUp = new AbortController();
  let alive = stallGuard(what.clock, giveUp);
  try {
    const headers: Record<string, string> = beganAt > 0 ? { range: `bytes=${beganAt}-` } : {};
    const response = await what.fetch(what.url, { headers, signal: giveUp.signal });
    // 416: the file is complete already, or longer than what the server has; the checksum decides.
    if (response.status === 416 && beganAt > 0) return (await hashOf(what.file)).digest("hex");
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    const resumed = response.status === 206 && beganAt > 0;
    const expected = lengthOf(response);
    const hash = resumed ? await hashOf(what.file) : createHash("sha256");
    const handle = await open(what.file, resumed ? "a" : "w", 0o600);
    let received = 0;
    try {
      for await (const chunk of response.body) {
        alive.stop();
        alive = stallGuard(what.clock, giveUp);
        await writeAll(handle, chunk);
        hash.update(chunk);
        received += chunk.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (expected !== undefined && received < expected) {
      throw new Error(`the connection was cut after ${received} of ${expected} bytes`);
    }
    return hash.digest("hex");
  } finally {
    alive.stop();
  }
}

/** Undefined when the server does not say, or when the body is encoded and the length is another one. */
function lengthOf(response: Response): number | undefined {
  const length = response.headers.get("content-length");
  return length === null || response.headers.has("content-encoding") ? undefined : Number(length);
}

function stallGuard(clock: Clock, giveUp: AbortController): { stop(): void } {
  const stopped = new AbortController();
  clock.sleep(stallMs, stopped.signal).then(
    () => giveUp.abort(new Error(`nothing came for ${stallMs / 1000} seconds`)),
    () => undefined,
  );
  return { stop: () => stopped.abort() };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
}

async function hashOf(file: string): Promise<Hash> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return 0;
    throw error;
  }
}

/** A mirror's URL may carry a token in its query. */
function withoutQuery(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.origin}${parsed.pathname}`;
  } catch {
    return "The runner's URL";
  }
}
