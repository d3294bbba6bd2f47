import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const here = import.meta.dirname;
const cacheFolder = join(here, "../../.cache/foreign");

/** The version of the Go on this machine; undefined when there is none. */
export const goVersion = findGo();

function findGo(): string | undefined {
  const found = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", timeout: 30_000 });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/**
 * Groups tests that need a Go program. Without Go they are announced and skipped; in CI, where nothing may be left out, a
 * missing Go is a failure.
 */
export function describeWithGo(name: string, tests: () => void): void {
  if (goVersion !== undefined) {
    describe(name, tests);
    return;
  }
  const announcement = `${name}: not run: Go is missing. Install Go 1.26 or later (https://go.dev/dl) to run it.`;
  if (process.env["CI"] === "true" || process.env["CI"] === "1") {
    test(announcement, () => expect(goVersion, announcement).toBeDefined());
    return;
  }
  console.warn(`\n*** ${announcement} ***\n`);
  test.skip(announcement, () => undefined);
}

/**
 * Builds a package in a module folder beside this file, once for each content of the folder: the binary stays in
 * `.cache/foreign`.
 *
 * @returns the path of the binary.
 */
export async function buildGoProgram(moduleFolder: string, packagePath = "."): Promise<string> {
  const folder = join(here, moduleFolder);
  const hash = createHash("sha256").update(`${goVersion} ${packagePath}\n`);
  for (const file of readdirSync(folder).sort()) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  const target = join(cacheFolder, hash.digest("hex").slice(0, 16), moduleFolder);
  if (existsSync(target)) return target;
  mkdirSync(join(target, ".."), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  await promisify(execFile)("go", ["build", "-buildvcs=false", "-o", unfinished, packagePath], {
    cwd: folder,
    env: { ...process.env, GOFLAGS: "-mod=readonly" },
    timeout: 590_000,
  });
  renameSync(unfinished, target);
  return target;
}

/** An environment in which no proxy comes between a program and loopback, and nothing of this machine's CI leaks in. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: process.env["HOME"] ?? "/tmp",
    NO_PROXY: "127.0.0.1,localhost",
    no_proxy: "127.0.0.1,localhost",
    ...extra,
  };
}
