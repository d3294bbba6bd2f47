import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../system/system-clock.ts";
import { readLife } from "./observe.ts";
import { instancePlace } from "./place.ts";
import { ProviderFixture } from "./provider-fixture.ts";

const calm = { signal: new AbortController().signal };
const canary = "Y2FuYXJ5LWppdC1jb25maWd1cmF0aW9u";
let fixture: ProviderFixture;

beforeEach(async () => {
  fixture = await ProviderFixture.make(systemClock);
});
afterEach(async () => {
  await fixture.close();
});

function spec(encodedJitConfig = canary): Parameters<ReturnType<ProviderFixture["provider"]>["launch"]>[0] {
  return {
    installation: "acme",
    pool: "linux",
    runner: "linux-a-1",
    credential: { kind: "jit-config", encodedJitConfig },
  };
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test("the credential is in the runner's environment, and in no argument vector, no file and no other process", async () => {
  const provider = fixture.provider();
  await provider.launch(spec(), calm);
  await fixture.until(async () => (await fixture.starts("linux-a-1")) === 1);
  const life = await readLife(instancePlace(fixture.workRoot, "acme", "linux-a-1"));
  const holders: number[] = [];
  const shown: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (environment.includes(canary)) holders.push(Number(pid));
    if (line.includes(canary)) shown.push(pid);
  }

  expect(holders).toEqual([life?.runner?.pid]);
  expect(shown).toEqual([]);
  for (const file of await filesBelow(fixture.root)) {
    const isControl = file.endsWith("/control");
    if (!isControl) expect(await readFile(file, "utf8"), file).not.toContain(canary);
  }
});

test("the runner gets the credential whole, however long it is", async () => {
  const long = "A".repeat(100_000);
  const provider = fixture.provider({
    runner: { kind: "command", command: ["/bin/sh", "-c", "echo ${#ACTIONS_RUNNER_INPUT_JITCONFIG}"] },
  });
  await provider.launch(spec(long), calm);
  await fixture.until(async () => (await provider.listOwned("acme", calm))[0]?.phase === "ended");

  expect(await provider.readLog("linux-a-1", { ...calm, maxBytes: 1_000 })).toBe("100000\n");
});

test("a runner inherits nothing of Drover's environment but an allow list", async () => {
  const provider = fixture.provider({
    inherit: {
      PATH: process.env["PATH"],
      LC_ALL: "C",
      GITHUB_TOKEN: canary,
      DROVER_SIM_TOKEN: canary,
      NODE_OPTIONS: "x",
    },
    environment: { EXTRA: "wanted" },
    runner: { kind: "command", command: ["/usr/bin/env"] },
  });
  await provider.launch(spec("jit"), calm);
  await fixture.until(async () => (await provider.listOwned("acme", calm))[0]?.phase === "ended");
  const names = ((await provider.readLog("linux-a-1", { ...calm, maxBytes: 10_000 })) ?? "")
    .split("\n")
    .map((line) => line.split("=")[0])
    .filter((name) => name !== "" && name !== "_" && name !== "OLDPWD" && name !== "PWD");

  expect(names.sort()).toEqual(
    ["ACTIONS_RUNNER_INPUT_JITCONFIG", "DROVER_INSTALLATION", "DROVER_INSTANCE", "DROVER_POOL", "DROVER_RUNNER"].concat(
      ["EXTRA", "HOME", "LC_ALL", "PATH", "TMPDIR"],
    ),
  );
});

test("a credential of several lines is refused without being repeated", async () => {
  const failure = await fixture
    .provider()
    .launch(spec(`${canary}\n${canary}`), calm)
    .catch((error: unknown) => String(error));

  expect(failure).toContain("not one line");
  expect(failure).not.toContain(canary);
});

test("an instance's directory can be entered by nobody else", async () => {
  await fixture.launch(fixture.provider(), "linux-a-1");
  const { stat } = await import("node:fs/promises");

  for (const path of [fixture.workRoot, join(fixture.workRoot, "acme"), fixture.directory("linux-a-1")]) {
    expect(((await stat(path)).mode & 0o777).toString(8), path).toBe("700");
  }
});
