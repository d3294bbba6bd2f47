import picocolors from "picocolors";
import { holdKeyboard } from "../terminal/keyboard.ts";
import { ignoresHangup } from "./hangup.ts";
import { wantsColors, type Io } from "./io.ts";

/** The Io of the real process. */
export function processIo(): Io {
  const abort = new AbortController();
  let listener = (): void => abort.abort();
  let isTakenOver = false;
  let isReaderGone = false;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => (listener as (signal: typeof name) => void)(name));
  }
  if (!ignoresHangup()) {
    // The terminal is gone: an end like any other, and what cannot be written from now on is a part of it.
    process.on("SIGHUP", () => {
      if (!isReaderGone) (listener as (signal: "SIGTERM") => void)("SIGTERM");
      isReaderGone = true;
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    // A reader such as `head` may close the pipe: nobody is left to tell, so end quietly. A command that took the signals over
    // holds something (processes, a session) and is asked to end in order, once.
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!isTakenOver) process.exit(error.code === "EPIPE" ? 0 : 1);
      if (!isReaderGone) (listener as (signal: "SIGTERM") => void)("SIGTERM");
      isReaderGone = true;
    });
  }
  const interactive = process.stdout.isTTY === true;
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    colors: picocolors.createColors(wantsColors(process.env, interactive)),
    interactive,
    ...(interactive
      ? {
          live: {
            terminal: process.stdout,
            holdKeyboard: () => holdKeyboard(process.stdin, () => (listener as (signal: "SIGINT") => void)("SIGINT")),
          },
        }
      : {}),
    width: () => process.stdout.columns ?? 80,
    environment: process.env,
    folder: process.cwd(),
    signal: abort.signal,
    onSignal: (next) => {
      listener = next as () => void;
      isTakenOver = true;
    },
    nowMs: () => Date.now(),
    pause: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(done, ms);
        abort.signal.addEventListener("abort", done, { once: true });
        function done(): void {
          clearTimeout(timer);
          abort.signal.removeEventListener("abort", done);
          resolve();
        }
        if (abort.signal.aborted) done();
      }),
  };
}
