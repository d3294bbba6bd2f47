import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../system/system-clock.ts";
import { Cgroups } from "./cgroup.ts";
import { ProviderFixture } from "./provider-fixture.ts";

const calm = { signal: new AbortController().signal };
let fixture: ProviderFixture;

beforeEach(async () => {
  fixture = await ProviderFixture.make(systemClock);
});
afterEach(async () => {
  await fixture.close();
});

test("a program that does not exist is told at start", async () => {
  const runner = { kind: "command", command: ["drover-never-heard-of"] } as const;

  await expect(fixture.provider({ runner }).prepare(calm)).rejects.toMatchObject({ code: "DROVER_PROCESS_SETUP" });
});

test("a directory without a runner is told at start", async () => {
  const runner = { kind: "dir", dir: fixture.root } as const;

  await expect(fixture.provider({ runner }).prepare(calm)).rejects.toThrow(
    /neither an executable bin\/Runner.Listener/,
  );
});

test("a work root that cannot be made is told at start", async () => {
  await writeFile(join(fixture.root, "file"), "");
  const starting = fixture.provider({ workRoot: join(fixture.root, "file/work") }).prepare(calm);

  await expect(starting).rejects.toThrow(/workRoot .* cannot be made/);
  await expect(starting).rejects.toMatchObject({ setting: "workRoot" });
});

test("a work root where nobody can make folders is told at start, and does not hang it", async () => {
  const starting = fixture.provider({ workRoot: "/proc/drover/work" }).prepare(calm);

  await expect(starting).rejects.toThrow(/workRoot \/proc\/drover\/work cannot be made/);
});

test("a work root that Drover may not write to is told at start", async () => {
  const starting = fixture.provider({ workRoot: "/proc/sys" }).prepare(calm);

  await expect(starting).rejects.toThrow(/workRoot \/proc\/sys cannot be written to/);
});

test("software that cannot be downloaded now is a warning, and each launch a failed attempt with the reason", async () => {
  const provider = fixture.provider({
    runner: { kind: "archive", version: "2.330.0", sha256: "0".repeat(64), cacheDir: join(fixture.root, "cache") },
    clock: { ...systemClock, sleep: () => Promise.resolve(), nowMs: () => 0 },
    fetch: () => Promise.reject(new Error("no route to host")),
  });
  expect((await provider.prepare(calm)).map((note) => note.code)).toContain("runner-not-installed");
  const launching = provider.launch(
    {
      installation: "acme",
      pool: "linux",
      runner: "linux-a-1",
      credential: { kind: "jit-config", encodedJitConfig: "jit" },
    },
    calm,
  );

  await expect(launching).rejects.toMatchObject({ code: "DROVER_PROVIDER_LAUNCH" });
  await expect(launching).rejects.toThrow(/no route to host/);
  expect(await provider.listOwned("acme", calm)).toEqual([]);
});

test("a machine without cgroups is told at start", async () => {
  const notes = await fixture.provider({ cgroups: Cgroups.open([]) }).prepare(calm);

  expect(notes.find((note) => note.code === "no-cgroup")?.message).toMatch(/no cgroup hierarchy is mounted/);
});

test("a work root behind a symbolic link is the same one after the link is named differently", async () => {
  await mkdir(join(fixture.root, "work"));
  await symlink(join(fixture.root, "work"), join(fixture.root, "link"));
  await fixture.launch(fixture.provider({ workRoot: join(fixture.root, "link") }), "linux-a-1");
  await fixture.provider({ workRoot: join(fixture.root, "work") }).stop("linux-a-1", calm);

  expect(await fixture.traces("linux-a-1")).toEqual([]);
});

test("a call that gives up while the machine is tried out does not spoil it for the others", async () => {
  const provider = fixture.provider();
  const hasty = new AbortController();
  const refused = provider.listOwned("acme", { signal: hasty.signal });
  const patient = provider.listOwned("acme", calm);
  hasty.abort(new Error("enough"));

  await expect(refused).rejects.toThrow("enough");
  expect(await patient).toEqual([]);
});

test("a user is refused without root", async () => {
  const uid = vi.spyOn(process, "getuid").mockReturnValue(1000);
  try {
    await expect(fixture.provider({ user: "nobody" }).prepare(calm)).rejects.toThrow(/only root can arrange/);
  } finally {
    uid.mockRestore();
  }
});
