import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../system/system-clock.ts";
import { describeProviderContract } from "../contract/describe-provider-contract.ts";
import { Cgroups, type CgroupMaker } from "./cgroup.ts";
import { ProviderFixture } from "./provider-fixture.ts";

for (const [where, cgroupsHere] of [
  ["with the cgroups of this machine", () => Cgroups.open()],
  ["without any cgroup", () => Cgroups.none()],
] as const) {
  describeProviderContract(`the process provider ${where}`, async () => {
    const fixture = await ProviderFixture.make(systemClock);
    const cgroups = new FillableCgroups(cgroupsHere());
    const provider = fixture.provider({ cgroups });
    return {
      provider,
      reopen: () => Promise.resolve(fixture.provider({ cgroups })),
      finish: (runner, { exitCode, lines }) => fixture.finish(runner, exitCode, lines),
      until: (condition) => fixture.until(condition),
      traces: (runner) => fixture.traces(runner),
      starts: async (runner) => {
        // The program has begun when its control exists; before that a count would be too early, not too low.
        const listed = (await provider.listOwned("acme", { signal: new AbortController().signal })).length > 0;
        if (listed) await fixture.until(async () => (await fixture.starts(runner)) > 0);
        return fixture.starts(runner);
      },
      breakLists: async () => {
        const directory = join(fixture.workRoot, "acme");
        await rename(directory, `${directory}.away`);
        await writeFile(directory, "");
        return async () => {
          await rm(directory);
          await rename(`${directory}.away`, directory);
        };
      },
      fill: () => {
        cgroups.full = true;
        return Promise.resolve(() => {
          cgroups.full = false;
          return Promise.resolve();
        });
      },
      close: () => fixture.close(),
    };
  });
}

/** Full as the kernel says it: a cgroup that may have no more children answers EAGAIN. */
class FillableCgroups implements CgroupMaker {
  full = false;
  readonly #real: CgroupMaker;

  constructor(real: CgroupMaker) {
    this.#real = real;
  }

  get problems(): CgroupMaker["problems"] {
    return this.#real.problems;
  }
  of(directory: string): ReturnType<CgroupMaker["of"]> {
    return this.#real.of(directory);
  }
  procsOf(...args: Parameters<CgroupMaker["procsOf"]>): readonly string[] {
    return this.#real.procsOf(...args);
  }
  sweep(bornBeforeMs: number): Promise<void> {
    return this.#real.sweep(bornBeforeMs);
  }
  create(...args: Parameters<CgroupMaker["create"]>): Promise<void> {
    if (this.full) return Promise.reject(Object.assign(new Error("no more cgroups"), { code: "EAGAIN" }));
    return this.#real.create(...args);
  }
}
