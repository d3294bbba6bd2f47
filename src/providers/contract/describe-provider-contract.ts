import { afterEach, beforeEach, describe, expect, test, type TestContext } from "vitest";
import { CapacityError, IncompleteListError } from "../../core/ports/errors.ts";
import type { Instance, LaunchSpec, Provider } from "../../core/ports/provider.ts";
import type { ProviderHarness } from "./harness.ts";

export type { ProviderHarness } from "./harness.ts";

/** The rules of the provider port (core/ports/provider.ts), for every provider there is, models included. */
export function describeProviderContract(name: string, makeHarness: () => Promise<ProviderHarness>): void {
  describe(`${name} keeps the provider contract`, () => {
    let harness: ProviderHarness;
    let provider: Provider;

    beforeEach(async () => {
      harness = await makeHarness();
      provider = harness.provider;
    });
    afterEach(async () => {
      await harness.close();
    });

    async function find(
      runner: string,
      from: Provider = provider,
      installation = "acme",
    ): Promise<Instance | undefined> {
      const instances = await from.listOwned(installation, calm());
      expect(new Set(instances.map((instance) => instance.runner)).size).toBe(instances.length);
      return instances.find((instance) => instance.runner === runner);
    }

    async function launchAndRun(spec: LaunchSpec): Promise<void> {
      await provider.launch(spec, calm());
      await harness.until(async () => (await find(spec.runner, provider, spec.installation))?.phase === "running");
    }

    async function untilEnded(
      runner: string,
      from: Provider = provider,
    ): Promise<Extract<Instance, { phase: "ended" }>> {
      let seen: Instance | undefined;
      await harness.until(async () => {
        seen = await find(runner, from);
        return seen?.phase === "ended";
      });
      if (seen?.phase !== "ended") throw new Error(`${runner} has not ended`);
      return seen;
    }

    /** Removal may be accepted before it is done; the list and the backend tell. */
    async function untilNothingIsLeft(runner: string): Promise<void> {
      await harness.until(
        async () => (await find(runner)) === undefined && (await harness.traces(runner)).length === 0,
      );
    }

    test("an installation without instances has an empty list", async () => {
      expect(await provider.listOwned("acme", calm())).toEqual([]);
    });

    test("a launched instance is listed at once, with its marks, and runs", async () => {
      await provider.launch(spec({ runner: "linux-a-1", pool: "linux" }), calm());

      expect(await find("linux-a-1")).toMatchObject({ installation: "acme", pool: "linux", runner: "linux-a-1" });
      await harness.until(async () => (await find("linux-a-1"))?.phase === "running");
      expect(await harness.starts("linux-a-1")).toBe(1);
    });

    test("a second launch of the same name starts nothing new", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await provider.launch(spec({ runner: "linux-a-1" }), calm());

      expect(await harness.starts("linux-a-1")).toBe(1);
      expect(await provider.listOwned("acme", calm())).toHaveLength(1);
    });

    test("launches of the same name at the same time start one instance", async () => {
      const again = await harness.reopen();
      await Promise.all([provider, provider, again].map((each) => each.launch(spec({ runner: "linux-a-1" }), calm())));

      await harness.until(async () => (await find("linux-a-1"))?.phase === "running");
      expect(await harness.starts("linux-a-1")).toBe(1);
    });

    test("a launch after a restart of Drover starts nothing that was launched before it", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      const later = await harness.reopen();
      await later.launch(spec({ runner: "linux-a-1" }), calm());

      expect(await harness.starts("linux-a-1")).toBe(1);
    });

    test("a restart of Drover finds everything it owns, pools it has forgotten included", async () => {
      await launchAndRun(spec({ runner: "linux-a-1", pool: "linux" }));
      await launchAndRun(spec({ runner: "old-a-1", pool: "no-longer-configured" }));
      const before = await find("linux-a-1");
      const later = await harness.reopen();

      expect(marks(await later.listOwned("acme", calm()))).toEqual(["linux/linux-a-1", "no-longer-configured/old-a-1"]);
      expect((await find("linux-a-1", later))?.launchedAtMs).toBe(before?.launchedAtMs);
    });

    test("a list shows the asked installation only", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await launchAndRun(spec({ runner: "linux-b-1", installation: "other" }));

      expect(marks(await provider.listOwned("acme", calm()))).toEqual(["linux/linux-a-1"]);
      expect(marks(await provider.listOwned("other", calm()))).toEqual(["linux/linux-b-1"]);
    });

    test("an ended instance stays listed with its exit code and last lines until it is stopped", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await harness.finish("linux-a-1", { exitCode: 3, lines: ["it went well", "until it did not"] });
      const ended = await untilEnded("linux-a-1");

      expect(ended.end).toMatchObject({ exitCode: 3, signal: null });
      expect(ended.end.lastLines.slice(-2)).toEqual(["it went well", "until it did not"]);
      expect(ended.end.endedAtMs).toBeGreaterThanOrEqual(ended.launchedAtMs - 1_000);
      await provider.stop("linux-a-1", calm());
      await untilNothingIsLeft("linux-a-1");
    });

    test("how an instance ended is known after a restart of Drover that happened meanwhile", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      const later = await harness.reopen();
      await harness.finish("linux-a-1", { exitCode: 5, lines: ["session conflict"] });

      const ended = await untilEnded("linux-a-1", later);
      expect(ended.end.exitCode).toBe(5);
      expect(ended.end.lastLines.at(-1)).toBe("session conflict");
    });

    test("the end of an instance is kept as at most 20 lines of at most 400 characters", async () => {
      const lines = Array.from({ length: 50 }, (_, index) => `${index} ${"x".repeat(1_000)}`);
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await harness.finish("linux-a-1", { exitCode: 0, lines });
      const { end } = await untilEnded("linux-a-1");

      expect(end.lastLines.length).toBeLessThanOrEqual(20);
      expect(Math.max(...end.lastLines.map((line) => line.length))).toBeLessThanOrEqual(400);
      expect(end.lastLines.at(-1)).toMatch(/^49 x/);
    });

    test("stop ends a running instance and removes every trace of it, and of no other", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await launchAndRun(spec({ runner: "linux-a-2" }));
      expect(await harness.traces("linux-a-1")).not.toEqual([]);
      await provider.stop("linux-a-1", calm());

      await untilNothingIsLeft("linux-a-1");
      expect((await find("linux-a-2"))?.phase).toBe("running");
    });

    test("a restarted Drover stops what the earlier one launched", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      const later = await harness.reopen();
      await later.listOwned("acme", calm());
      await later.stop("linux-a-1", calm());

      await untilNothingIsLeft("linux-a-1");
    });

    test("stopping twice, at the same time too, is success", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await Promise.all([provider.stop("linux-a-1", calm()), provider.stop("linux-a-1", calm())]);
      await untilNothingIsLeft("linux-a-1");
      await provider.stop("linux-a-1", calm());
    });

    test("stopping what never was is success", async () => {
      await provider.stop("linux-never-1", calm());
      await provider.stop("../../etc", calm());

      expect(await provider.listOwned("acme", calm())).toEqual([]);
    });

    test("the log shows what the instance printed, at most as many bytes as asked for, and the newest", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await harness.finish("linux-a-1", { exitCode: 0, lines: ["first line", "last line"] });
      await untilEnded("linux-a-1");

      expect(await provider.readLog("linux-a-1", { ...calm(), maxBytes: 10_000 })).toContain("first line\nlast line");
      expect(await provider.readLog("linux-a-1", { ...calm(), maxBytes: 10 })).toBe("last line\n");
    });

    test("there is no log of what never was", async () => {
      expect(await provider.readLog("linux-never-1", { ...calm(), maxBytes: 100 })).toBeUndefined();
    });

    test("a watcher hears of launches and ends until it is closed", async () => {
      let calls = 0;
      const watch = provider.watch(() => calls++);
      await launchAndRun(spec({ runner: "linux-a-1" }));
      await harness.until(() => calls > 0);
      const callsBefore = calls;
      await harness.finish("linux-a-1", { exitCode: 0, lines: [] });
      await harness.until(() => calls > callsBefore);
      watch.close();
      watch.close();
      await untilEnded("linux-a-1");
      const callsAtClose = calls;
      await provider.stop("linux-a-1", calm());
      await untilNothingIsLeft("linux-a-1");

      expect(calls).toBe(callsAtClose);
    });

    test("a watcher of a restarted Drover hears of the end of an adopted instance", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));
      const later = await harness.reopen();
      let calls = 0;
      const watch = later.watch(() => calls++);
      await later.listOwned("acme", calm());
      const callsBefore = calls;
      await harness.finish("linux-a-1", { exitCode: 0, lines: [] });
      await harness.until(() => calls > callsBefore);
      watch.close();
    });

    test("a fired signal refuses every call with its reason and starts nothing", async () => {
      const reason = new Error("enough");
      const signal = AbortSignal.abort(reason);

      await expect(provider.launch(spec({ runner: "linux-a-1" }), { signal })).rejects.toBe(reason);
      await expect(provider.stop("linux-a-1", { signal })).rejects.toBe(reason);
      await expect(provider.listOwned("acme", { signal })).rejects.toBe(reason);
      await expect(provider.readLog("linux-a-1", { signal, maxBytes: 1 })).rejects.toBe(reason);
      expect(await provider.listOwned("acme", calm())).toEqual([]);
    });

    test("neither a list nor a log shows the credential", async () => {
      await launchAndRun(spec({ runner: "linux-a-1" }));

      expect(JSON.stringify(await provider.listOwned("acme", calm()))).not.toContain(secret);
      expect(await provider.readLog("linux-a-1", { ...calm(), maxBytes: 10_000 })).not.toContain(secret);
    });

    test("a list that cannot be complete is refused, never shortened", async (context) => {
      const breakLists = offered(harness.breakLists?.bind(harness), context);
      await launchAndRun(spec({ runner: "linux-a-1" }));
      const heal = await breakLists();
      await expect(provider.listOwned("acme", calm())).rejects.toBeInstanceOf(IncompleteListError);
      await heal();

      expect(await find("linux-a-1")).toBeDefined();
    });

    test("a full backend says so, and nothing is listed that was not made", async (context) => {
      const fill = offered(harness.fill?.bind(harness), context);
      const drain = await fill();
      await expect(provider.launch(spec({ runner: "linux-a-1" }), calm())).rejects.toBeInstanceOf(CapacityError);
      await drain();

      expect(await find("linux-a-1")).toBeUndefined();
      expect(await harness.starts("linux-a-1")).toBe(0);
    });
  });
}

const secret = "c2VjcmV0LWppdC1jb25maWd1cmF0aW9u";

function spec(part: Partial<LaunchSpec> & { readonly runner: string }): LaunchSpec {
  return {
    installation: "acme",
    pool: "linux",
    credential: { kind: "jit-config", encodedJitConfig: secret },
    ...part,
  };
}

/** A signal that never fires. */
function calm(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

function marks(instances: readonly Instance[]): readonly string[] {
  return instances.map(({ pool, runner }) => `${pool}/${runner}`).sort();
}

/** What a harness need not be able to do; without it the test says so instead of passing. */
function offered<Ability>(ability: Ability | undefined, context: TestContext): Ability {
  if (ability === undefined) context.skip("this backend cannot be brought into that state");
  return ability as Ability;
}
