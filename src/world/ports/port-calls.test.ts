import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { crashableSites, portCalls } from "./port-calls.ts";

const source = fileURLToPath(new URL("../../", import.meta.url));

/** What the source shows of port calls, by the same marks; types and doubles in tests are no calls. */
function callsInSource(): string[] {
  const mark =
    /\b(?:provider\??|journal)\.(?:launch|stop|listOwned|readLog|append|read)\(|method: "(?:GET|POST|PATCH|PUT|DELETE)"(?: \| "[A-Z]+")*/gi;
  return globSync("{engine,core,demand,scale-set,github}/**/*.ts", { cwd: source })
    .filter((file) => !/\.test\.ts$|\/node\/|ports?[./]|parity-listener/.test(file))
    .flatMap((file) =>
      readFileSync(source + file, "utf8")
        .split("\n")
        // Where an error says which call it is about, no call is made.
        .filter((line) => !/^\s*(?:\*|\/\/)|ServiceError\(|const where =/.test(line))
        .flatMap((line) => [...line.matchAll(mark)].map(([found]) => `${file} ${found}`)),
    )
    .sort();
}

test("the crash report's denominator is every port call of the source", () => {
  expect(callsInSource()).toEqual(portCalls.map(({ file, mark }) => `${file} ${mark}`).sort());
});

test("each call that the world leaves out says why", () => {
  for (const { notInWorld } of portCalls) expect(notInWorld).not.toBe("");
  expect(crashableSites.length).toBeGreaterThan(14);
});
