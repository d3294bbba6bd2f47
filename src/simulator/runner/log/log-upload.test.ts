import { describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import type { ResultsClient } from "../wire/results-client.ts";
import { createLogUpload } from "./log-upload.ts";

/** A results service that keeps blobs, or breaks. */
function fakeResults(options: { broken?: boolean; held?: Promise<void> } = {}) {
  const calls: string[] = [];
  let content = "";
  const note = async (call: string): Promise<void> => {
    calls.push(call);
    await options.held;
    if (options.broken === true) throw new Error("broken");
  };
  const results: ResultsClient = {
    updateSteps: async () => await note("update"),
    logUrl: async () => {
      await note("url");
      return "http://blob?sig=1";
    },
    finishLog: async (_owner, lineCount) => await note(`finish ${lineCount}`),
    uploadSummary: async () => await note("summary"),
    putBlob: async (_url, bytes) => {
      await note("put");
      content = bytes.toString();
    },
    createBlob: async () => await note("create"),
    appendBlob: async (_url, bytes, seal) => {
      await note(seal ? "append and seal" : "append");
      content += bytes.toString();
    },
  };
  return { results, calls, content: () => content };
}

function upload(fake: ReturnType<typeof fakeResults>, clock = new ManualClock()) {
  const failures: unknown[] = [];
  const options = {
    results: fake.results,
    owner: { kind: "job" } as const,
    clock,
    signal: new AbortController().signal,
  };
  return { log: createLogUpload({ ...options, onFailure: (error) => failures.push(error) }), clock, failures };
}

describe("log upload", () => {
  test("a short log goes in one piece, then its line count", async () => {
    const fake = fakeResults();
    const { log } = upload(fake);
    log.append("one\n");
    log.append("two\n");
    await log.finish(2);

    expect(fake.calls).toEqual(["url", "put", "finish 2"]);
    expect(fake.content()).toBe("one\ntwo\n");
  });

  test("a log that grows is readable before it ends: blocks every 2 s, the last one sealed", async () => {
    const fake = fakeResults();
    const { log, clock } = upload(fake);
    log.append("one\n");
    await clock.passSleepOf(2_000);
    log.append("two\n");
    await log.finish(2);

    expect(fake.calls).toEqual(["url", "create", "append", "append and seal", "finish 2"]);
    expect(fake.content()).toBe("one\ntwo\n");
  });

  test("a loud log goes in blocks of 2 MiB, and its writer waits when the service does not keep up", async () => {
    let release: () => void = () => undefined;
    const fake = fakeResults({ held: new Promise((resolve) => (release = resolve)) });
    const { log } = upload(fake);
    const mebibyte = "x".repeat(1024 * 1024);
    for (let count = 0; count < 8; count++) log.append(mebibyte);
    expect(log.room()).toBeUndefined();
    log.append(mebibyte);
    log.append(mebibyte);
    const room = log.room();
    expect(room).toBeDefined();

    release();
    await room;

    expect(log.room()).toBeUndefined();
    expect(fake.content()).toHaveLength(10 * mebibyte.length);
  });

  test("a service that fails ends the upload, never the writer", async () => {
    const fake = fakeResults({ broken: true });
    const { log, failures } = upload(fake);
    log.append("one\n");
    await log.finish(1);
    log.append("two\n");

    expect(failures).toHaveLength(1);
    expect(fake.calls).toEqual(["url"]);
  });
});
