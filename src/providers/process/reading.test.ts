import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boundLog, lastLinesOf, readTail } from "./log-tail.ts";
import { exitOf, parseLife } from "./observe.ts";
import { instancePlace, nameOfSegment, pathSegment } from "./place.ts";
import { parseProcessStat } from "./process-identity.ts";
import { parseRecord } from "./record.ts";
import { checkScope } from "./scope.ts";
import { quoted } from "./shell-quoting.ts";
import { execFileSync } from "node:child_process";

describe("names", () => {
  test.each(["linux-x64-abc-1", "A_b.c", "..", ".", ".new-1-2-3", "a/b", "ünïcode", "100%", "a b", "it's", "~", "*"])(
    "%s has one directory name of its own, below its installation",
    (name) => {
      const segment = pathSegment(name);

      expect(nameOfSegment(segment)).toBe(name);
      expect(segment).toMatch(/^[A-Za-z0-9%_-][A-Za-z0-9%._-]*$/);
      expect(instancePlace("/work", "acme", name).directory.startsWith("/work/acme/")).toBe(true);
    },
  );

  test("that no directory can bear are refused", () => {
    expect(() => pathSegment("")).toThrow(RangeError);
    expect(() => pathSegment("x".repeat(201))).toThrow(RangeError);
    expect(() => pathSegment("\ud800")).toThrow(RangeError);
  });

  test("of other things in the work root are no runners", () => {
    for (const name of [".new-1-2-3", "lost+found", "%zz", "a b"]) expect(nameOfSegment(name)).toBeUndefined();
  });
});

test("a process is told by its pid and start time, whatever it calls itself", () => {
  const fields = Array.from({ length: 30 }, (_, index) => `f${index}`).join(" ");

  expect(parseProcessStat(`42 (a) R ) b) S ${fields}`)).toEqual({ pid: 42, state: "S", startTicks: "f18" });
  expect(parseProcessStat("")).toBeUndefined();
});

describe("the keeper's notes", () => {
  test("count line by line, and a line when it is complete", () => {
    expect(parseLife("keeper 1 10\nrunner 2 20\nrunner 3 30\nexit 0\n")).toEqual({
      keeper: { pid: 1, startTicks: "10" },
      runner: { pid: 3, startTicks: "30" },
      exitStatus: 0,
      abandoned: false,
    });
    expect(parseLife("keeper 1 10\nrunner 2 20\nexit 1")).toMatchObject({ exitStatus: undefined });
    expect(parseLife("")).toMatchObject({ keeper: undefined, abandoned: false });
    expect(parseLife("abandoned\n")).toMatchObject({ abandoned: true });
  });

  test("tell a signal from an exit code", () => {
    expect(exitOf(0)).toEqual({ exitCode: 0, signal: null });
    expect(exitOf(127)).toEqual({ exitCode: 127, signal: null });
    expect(exitOf(143)).toEqual({ exitCode: null, signal: "SIGTERM" });
    expect(exitOf(undefined)).toEqual({ exitCode: null, signal: null });
  });
});

test("what is no record is none, however it looks", () => {
  for (const text of ["", "# record: {", "# record: {}", '{"version":1}']) expect(parseRecord(text)).toBeUndefined();
});

test("the last lines are the newest, whole characters, without carriage returns", () => {
  expect(lastLinesOf("a\r\nb\n")).toEqual(["a", "b"]);
  expect(lastLinesOf("a\n\nunfinished")).toEqual(["a", "", "unfinished"]);
  expect(lastLinesOf(`${"🐂".repeat(500)}\n`)).toEqual(["🐂".repeat(400)]);
  expect(lastLinesOf("")).toEqual([]);
});

test("an output that has outgrown its bound keeps its end, and the runner goes on appending", async () => {
  const directory = await mkdtemp(join(tmpdir(), "drover-log-"));
  const file = join(directory, "output.log");
  const runner = await open(file, "a");
  await runner.write(`${"x".repeat(1_000)}\nnewest\n`);
  await boundLog(file, 2_000, 7);
  expect((await stat(file)).size).toBe(1_008);
  await boundLog(file, 1_000, 7);
  await runner.write("after\n");
  await runner.close();

  expect(await readTail(file, 10_000)).toBe("drover: earlier output was dropped\nnewest\nafter\n");
  await boundLog(join(directory, "never"), 1, 1);
  await rm(directory, { recursive: true });
});

test("a quoted word reaches a shell as it is", () => {
  const word = 'it\'s $HOME `id` "x" \\ \n*';

  expect(execFileSync("/bin/sh", ["-c", `printf %s ${quoted(word)}`]).toString()).toBe(word);
});

describe("a scope", () => {
  test("that strangers can start jobs in is refused, unless it is forced, and then warned about", () => {
    for (const visibility of ["public", "mixed"] as const) {
      expect(checkScope({ scope: "acme", visibility, force: false })).toMatchObject({ kind: "refused" });
      expect(checkScope({ scope: "acme", visibility, force: true })).toMatchObject({ kind: "warned" });
    }
  });

  test("that is not known to be closed is warned about; a closed one is accepted", () => {
    expect(checkScope({ scope: "acme", visibility: "unknown", force: false })).toMatchObject({ kind: "warned" });
    expect(checkScope({ scope: "acme", visibility: "private", force: false })).toEqual({ kind: "accepted" });
    expect(checkScope({ scope: "acme", visibility: "internal", force: false })).toEqual({ kind: "accepted" });
  });
});
