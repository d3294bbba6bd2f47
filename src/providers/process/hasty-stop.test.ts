import { afterEach, beforeEach, expect, test } from "vitest";
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

// A keeper that is just coming to life may claim, join, fork or exec at any moment of the stop.
test.each([
  ["with the cgroups of this machine", {}],
  ["without any cgroup", { cgroups: Cgroups.none() }],
  ["as another user", process.getuid?.() === 0 ? { user: "nobody" } : {}],
])("an instance that is stopped while it starts leaves nothing (%s)", async (_, options) => {
  const runner = { kind: "command", command: ["/bin/sh", "-c", "sleep 1000 & sleep 1000"] } as const;
  const provider = fixture.provider({ ...options, runner, graceMs: 50 });
  await provider.prepare(calm);
  for (let round = 0; round < 8; round++) {
    const name = `linux-a-${round}`;
    const credential = { kind: "jit-config", encodedJitConfig: "jit" } as const;
    await provider.launch({ installation: "acme", pool: "linux", runner: name, credential }, calm);
    // Each round a little later: 0 to some ms after the launch was accepted.
    for (let turn = 0; turn < round; turn++) await provider.listOwned("acme", calm);
    await provider.stop(name, calm);

    expect(await fixture.traces(name), `round ${round}`).toEqual([]);
  }
});
