import { mkdtemp, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../system/system-clock.ts";
import { parseCgroupMounts } from "./cgroup-mounts.ts";
import { Cgroups } from "./cgroup.ts";
import { ProviderFixture } from "./provider-fixture.ts";

const calm = { signal: new AbortController().signal };
const here = Cgroups.open();
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "drover-limits-"));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe("hierarchies", () => {
  test("of version 1 and 2 are found side by side, with this process's own place in each", () => {
    const mountinfo = [
      "25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
      "31 25 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct",
      "32 25 0:29 /docker/abc /sys/fs/cgroup/memory rw master:3 - cgroup cgroup rw,memory",
      "41 31 0:38 / /sys/fs/odd\\040name rw,relatime - cgroup2 cgroup2 rw",
    ].join("\n");
    const membership = "4:memory:/docker/abc/drover\n2:cpu,cpuacct:/\n0::/user.slice/drover.service\n";

    expect(parseCgroupMounts(mountinfo, membership)).toEqual([
      { version: 1, mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"], ownPath: "" },
      { version: 1, mountPoint: "/sys/fs/cgroup/memory", controllers: ["memory"], ownPath: "/drover" },
      { version: 2, mountPoint: "/sys/fs/odd name", controllers: [], ownPath: "/user.slice/drover.service" },
    ]);
  });
});

/** A directory with the files of a cgroup: what is written there is what the kernel would have been told. */
async function pretendedUnified(controllers: string): Promise<Cgroups> {
  for (const file of ["cgroup.controllers", "cgroup.subtree_control", "cgroup.procs"]) {
    await writeFile(join(root, file), file === "cgroup.controllers" ? controllers : "");
  }
  await mkdir(join(root, "drover"));
  await mkdir(join(root, `drover/probe-${process.pid}`));
  await writeFile(join(root, `drover/probe-${process.pid}/cgroup.procs`), "");
  return Cgroups.open([{ version: 2, mountPoint: root, controllers: [], ownPath: "" }]);
}

describe("limits of version 2", () => {
  test("are written into the one cgroup that also tracks the instance", async () => {
    const cgroups = await pretendedUnified("cpu memory");
    await cgroups.create("/work/acme/linux-a-1", { cpu: 1.5, memoryBytes: 1024 });
    const [directory = ""] = cgroups.of("/work/acme/linux-a-1").directories;

    expect(cgroups.of("/work/acme/linux-a-1").directories).toHaveLength(1);
    expect(await readFile(join(directory, "cpu.max"), "utf8")).toBe("150000 100000");
    expect(await readFile(join(directory, "memory.max"), "utf8")).toBe("1024");
    expect(await readFile(join(directory, "memory.swap.max"), "utf8")).toBe("0");
    expect(cgroups.procsOf("/work/acme/linux-a-1", { cpu: 1.5 })).toEqual([join(directory, "cgroup.procs")]);
  });

  test("that the machine does not offer have a reason", () => {
    const nothing = Cgroups.open([]);

    expect(nothing.problems.get("memory")).toMatch(/no cgroup controller "memory"/);
    expect(nothing.problems.get("tracking")).toMatch(/no cgroup hierarchy/);
  });
});

test("cgroups whose instances somebody else removed go after a while, unless something lives in them", async () => {
  const cgroups = await pretendedUnified("");
  for (const name of ["old", "young", "used/by-somebody"]) await mkdir(join(root, "drover", name), { recursive: true });
  for (const name of ["old", "used"]) await utimes(join(root, "drover", name), 1_000, 1_000);
  await cgroups.sweep(2_000_000);

  const left = await readdir(join(root, "drover"));
  expect(left.filter((name) => !name.startsWith("probe")).sort()).toEqual(["used", "young"]);
});

test("a limit that cannot be enforced here keeps Drover from starting, with what to do", async () => {
  const fixture = await ProviderFixture.make(systemClock);
  const starting = fixture.provider({ limits: { memoryBytes: 2 ** 30 }, cgroups: Cgroups.open([]) }).prepare(calm);

  await expect(starting).rejects.toThrow(/limits.memory cannot be enforced here.*remove limits.memory/);
  await fixture.close();
});

describe.runIf(here.problems.size === 0)("a limited runner", () => {
  let fixture: ProviderFixture;

  beforeEach(async () => {
    fixture = await ProviderFixture.make(systemClock);
  });
  afterEach(async () => {
    await fixture.close();
  });

  test("that takes more memory than it may is killed, and nobody else", async () => {
    const hog = "const kept = []; for (;;) kept.push(Buffer.alloc(4 * 2 ** 20, 1));";
    const provider = fixture.provider({
      limits: { memoryBytes: 256 * 2 ** 20 },
      runner: { kind: "command", command: [process.execPath, "-e", hog] },
    });
    await fixture.launch(provider, "linux-a-1");
    await fixture.until(async () => (await provider.listOwned("acme", calm))[0]?.phase === "ended");

    expect((await provider.listOwned("acme", calm))[0]).toMatchObject({ end: { signal: "SIGKILL" } });
  });

  test("runs under the processor quota it was given, with everything it starts", async () => {
    const provider = fixture.provider({
      limits: { cpu: 0.5 },
      runner: { kind: "command", command: ["/bin/sh", "-c", "setsid sh -c 'cat /proc/self/cgroup'"] },
    });
    await fixture.launch(provider, "linux-a-1");
    await fixture.until(async () => (await provider.listOwned("acme", calm))[0]?.phase === "ended");
    const log = await provider.readLog("linux-a-1", { ...calm, maxBytes: 10_000 });
    const [, ...others] = here.of(fixture.directory("linux-a-1")).directories;
    const quotas = await Promise.all(
      others.map((directory) => readFile(join(directory, "cpu.cfs_quota_us"), "utf8").catch(() => undefined)),
    );

    expect(log).toContain("/drover/linux-a-1-");
    if (others.length > 0) expect(quotas).toContain("50000\n");
  });
});
