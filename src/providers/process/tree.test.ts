import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../system/system-clock.ts";
import { parseCgroupMounts } from "./cgroup-mounts.ts";
import { Cgroups } from "./cgroup.ts";
import { ProviderFixture } from "./provider-fixture.ts";

const calm = { signal: new AbortController().signal };
let fixture: ProviderFixture;
/** A length of sleep that only this test's processes have, by which they are found without any mark of Drover's. */
let mark: string;

beforeEach(async () => {
  fixture = await ProviderFixture.make(systemClock);
  mark = `1000.${randomInt(1e9)}`;
});
afterEach(async () => {
  await fixture.close();
});

async function sleepers(): Promise<number> {
  let count = 0;
  for (const pid of await readdir("/proc")) {
    const line = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "") : "";
    if (line.split("\0").includes(mark) && line.startsWith("sleep")) count += 1;
  }
  return count;
}

const trees = [
  ["a background process", () => `sleep ${mark} & wait`],
  ["a daemon: double fork, own session", () => `setsid sh -c 'sleep ${mark} & exit' & sleep ${mark}`],
  [
    "a daemon that clears its environment, its directory and its files",
    () => `cd /; env -i PATH="$PATH" setsid sh -c 'sleep ${mark} </dev/null >/dev/null 2>&1 & exit' & sleep ${mark}`,
  ],
  ["processes that ignore every signal they may", () => `trap '' TERM INT HUP; sleep ${mark} & sleep ${mark}`],
] as const;

/** Of this machine's hierarchies the one of version 1 with the controller alone: a machine without version 2. */
function onlyVersion1(controller: string): Cgroups {
  const mounts = parseCgroupMounts(
    readFileSync("/proc/self/mountinfo", "utf8"),
    readFileSync("/proc/self/cgroup", "utf8"),
  );
  return Cgroups.open(mounts.filter((mount) => mount.controllers.includes(controller)));
}

// A hierarchy that this machine does not offer leaves the marks, which are tested anyway.
describe.each([
  ["with the cgroups of this machine", () => Cgroups.open()],
  ["by freezing a cgroup of version 1", () => onlyVersion1("freezer")],
  ["by emptying a cgroup of version 1 that cannot be frozen", () => onlyVersion1("pids")],
  ["without any cgroup, by inherited marks", () => Cgroups.none()],
])("stop ends the whole tree %s", (_, cgroups) => {
  test.each(trees)("%s", async (_name, script) => {
    const runner = { kind: "command", command: ["/bin/sh", "-c", script()] } as const;
    const provider = fixture.provider({ runner, cgroups: cgroups(), graceMs: 100 });
    await fixture.launch(provider, "linux-a-1");
    await fixture.until(async () => (await sleepers()) === (script().startsWith("sleep") ? 1 : 2));
    await provider.stop("linux-a-1", calm);

    expect(await sleepers()).toBe(0);
    expect(await fixture.traces("linux-a-1")).toEqual([]);
  });

  test("what an ended runner left running is ended by its stop, by a later Drover too", async () => {
    const script = `(cd /; env -i setsid sleep ${mark} </dev/null >/dev/null 2>&1 &); exit 0`;
    const runner = { kind: "command", command: ["/bin/sh", "-c", script] } as const;
    await fixture.launch(fixture.provider({ runner, cgroups: cgroups() }), "linux-a-1");
    await fixture.until(async () => (await sleepers()) === 1);
    const later = fixture.provider({ runner, cgroups: cgroups() });
    await fixture.until(async () => (await later.listOwned("acme", calm))[0]?.phase === "ended");
    await later.stop("linux-a-1", calm);

    expect(await sleepers()).toBe(0);
  });
});

test("stop asks the runner first and lets it leave by itself", async () => {
  const script = `trap 'echo goodbye >"$1"; exit 0' TERM; sleep ${mark} & wait`;
  const runner = { kind: "command", command: ["/bin/sh", "-c", script, "runner", `${fixture.root}/goodbye`] } as const;
  const provider = fixture.provider({ runner });
  await fixture.launch(provider, "linux-a-1");
  await fixture.until(async () => (await sleepers()) === 1);
  await provider.stop("linux-a-1", calm);

  expect(await readFile(`${fixture.root}/goodbye`, "utf8")).toBe("goodbye\n");
});

test("stopping one instance leaves another one's daemons alone", async () => {
  const script = `env -i setsid sleep ${mark} & sleep ${mark}`;
  const provider = fixture.provider({
    runner: { kind: "command", command: ["/bin/sh", "-c", script] },
    cgroups: Cgroups.none(),
  });
  await fixture.launch(provider, "linux-a-1");
  await fixture.launch(provider, "linux-a-2");
  await fixture.until(async () => (await sleepers()) === 4);
  await provider.stop("linux-a-1", calm);

  expect(await sleepers()).toBe(2);
});
