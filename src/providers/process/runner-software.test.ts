import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../system/system-clock.ts";
import { ProviderFixture } from "./provider-fixture.ts";
import { readySoftware } from "./runner-software.ts";

const calm = { signal: new AbortController().signal };
let root: string;
let source: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "drover-software-"));
  source = join(root, "source");
  for (const directory of ["bin/deep", "externals/node24", "_work/old", "_diag"]) {
    await mkdir(join(source, directory), { recursive: true });
  }
  await writeFile(join(source, "bin/Runner.Listener"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  await writeFile(join(source, "bin/deep/library"), "library");
  await writeFile(join(source, "externals/node24/node"), "node");
  await writeFile(join(source, "run.sh"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  for (const file of [".runner", ".credentials", ".credentials_rsaparams", ".env"]) {
    await writeFile(join(source, file), file);
  }
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function materialised(): Promise<string> {
  const software = await readySoftware({ kind: "dir", dir: source }, undefined, calm.signal);
  const target = await mkdtemp(join(root, "target-"));
  await software.materialise(target);
  return target;
}

describe("a runner made from a directory", () => {
  test("has every file at its place, and no state of an earlier runner", async () => {
    const target = await materialised();

    expect((await readdir(target)).sort()).toEqual([".env", "bin", "externals", "run.sh"]);
    expect(await readFile(join(target, "bin/deep/library"), "utf8")).toBe("library");
    expect(await readFile(join(target, "externals/node24/node"), "utf8")).toBe("node");
  });

  test("has a bin of its own, whose files take no room, so that it is its own root", async () => {
    const target = await materialised();

    expect((await lstat(join(target, "bin"))).isSymbolicLink()).toBe(false);
    expect((await stat(join(target, "bin/Runner.Listener"))).ino).toBe(
      (await stat(join(source, "bin/Runner.Listener"))).ino,
    );
  });

  test("rewrites its own files without touching another's", async () => {
    const [one, other] = [await materialised(), await materialised()];
    await writeFile(join(one, ".env"), "changed");
    await writeFile(join(one, ".runner"), "mine");

    expect(await readFile(join(other, ".env"), "utf8")).toBe(".env");
    expect(await readFile(join(source, ".env"), "utf8")).toBe(".env");
    expect(await readFile(join(source, ".runner"), "utf8")).toBe(".runner");
    expect(existsSync(join(other, ".runner"))).toBe(false);
  });

  test("is started by its listener, which tells how it ended; run.sh is the way in only where there is none", async () => {
    const software = { kind: "dir", dir: source } as const;
    expect((await readySoftware(software, undefined, calm.signal)).command).toEqual(["./bin/Runner.Listener", "run"]);
    await rm(join(source, "bin"), { recursive: true });
    expect((await readySoftware(software, undefined, calm.signal)).command).toEqual(["./run.sh"]);
    await rm(join(source, "run.sh"));
    await expect(readySoftware(software, undefined, calm.signal)).rejects.toThrow(/neither an executable bin/);
  });
});

describe("a running official listener", () => {
  let fixture: ProviderFixture;

  beforeEach(async () => {
    fixture = await ProviderFixture.make(systemClock);
    // The keeper waits for an update with sleep; here it does not have to.
    await mkdir(join(root, "tools"));
    await writeFile(join(root, "tools/sleep"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  });
  afterEach(async () => {
    await fixture.close();
  });

  async function ended(listener: string): Promise<{ readonly exitCode: number | null; readonly log: string }> {
    await writeFile(join(source, "bin/Runner.Listener"), `#!/bin/sh\n${listener}\n`, { mode: 0o755 });
    await chmod(join(source, "bin/Runner.Listener"), 0o755);
    const provider = fixture.provider({
      runner: { kind: "dir", dir: source },
      inherit: { PATH: `${join(root, "tools")}:${process.env["PATH"] ?? ""}` },
    });
    await fixture.launch(provider, "linux-a-1");
    await fixture.until(async () => (await provider.listOwned("acme", calm))[0]?.phase === "ended");
    const [instance] = await provider.listOwned("acme", calm);
    if (instance?.phase !== "ended") throw new Error("it has not ended");
    return {
      exitCode: instance.end.exitCode,
      log: (await provider.readLog("linux-a-1", { ...calm, maxBytes: 10_000 })) ?? "",
    };
  }

  test("stands in its own root with its credential and asks for the true exit code of a deprecated version", async () => {
    const { exitCode, log } = await ended(
      'echo "$1 $ACTIONS_RUNNER_INPUT_JITCONFIG $ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE $RUNNER_ALLOW_RUNASROOT"; pwd; exit 7',
    );

    expect(exitCode).toBe(7);
    expect(log).toBe(`run jit 1 1\n${fixture.directory("linux-a-1")}/home/runner\n`);
  });

  test("is started again after an update, without its credential, which it keeps in its root by then", async () => {
    const { exitCode, log } = await ended(
      'echo "start $ACTIONS_RUNNER_INPUT_JITCONFIG"; [ -e again ] && exit 0; touch again update.finished; exit 4',
    );

    expect(exitCode).toBe(0);
    expect(log).toBe("start jit\nstart \n");
  });

  test("is started again when it asks for another try, five times at most", async () => {
    const { exitCode, log } = await ended("echo start; exit 2");

    expect(exitCode).toBe(2);
    expect(log).toBe("start\n".repeat(6));
  });

  test.each([0, 1, 5])("is not started again after exit code %i", async (code) => {
    const { exitCode, log } = await ended(`echo start; exit ${code}`);

    expect({ exitCode, log }).toEqual({ exitCode: code, log: "start\n" });
  });
});
