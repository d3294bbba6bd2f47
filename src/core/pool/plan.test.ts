import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { booting, busy, ended, idle, minuteMs, snapshot, startMs, target } from "../../../test/builders/runner.ts";
import { mayExist, phaseOf, type Runner } from "../runner/runner.ts";
import { capacityOf, plan } from "./plan.ts";

const launched = (planned: ReturnType<typeof plan>) =>
  planned.actions.flatMap((action) => (action.kind === "launch" ? [action.runner] : []));
const released = (planned: ReturnType<typeof plan>) =>
  planned.actions.flatMap((action) => (action.kind === "release" ? [`${action.runner}: ${action.reason}`] : []));

describe("launching", () => {
  test("one runner for each job, on top of the idle spares, up to the maximum", () => {
    expect(launched(plan(target({ served: 2 }), snapshot([])))).toHaveLength(2);
    expect(launched(plan(target({ served: 2, minIdle: 1 }), snapshot([])))).toHaveLength(3);
    expect(launched(plan(target({ served: 50, max: 4 }), snapshot([])))).toHaveLength(4);
  });

  test("names continue this incarnation's serial", () => {
    expect(launched(plan(target({ served: 2 }), snapshot([], { nextSerial: 7 })))).toEqual([
      "linux-aaaabbbbbb-7",
      "linux-aaaabbbbbb-8",
    ]);
  });

  test("a runner that is booting, idle or busy is capacity; one that is on its way out is not", () => {
    const ending = { reason: "surplus", sinceMs: 0, forced: false, retryAtMs: startMs + 1, failures: 0 } as const;
    const leaving = idle("linux-4", startMs, { ending: { ...ending, stopAcceptedAtMs: undefined } });

    expect(launched(plan(target({ served: 3 }), snapshot([booting("a"), idle("b"), busy("c")])))).toEqual([]);
    expect(launched(plan(target({ served: 1 }), snapshot([leaving])))).toHaveLength(1);
  });

  test("a stopping instance that still lives keeps its place under the maximum", () => {
    const ending = { reason: "surplus", sinceMs: 0, forced: false, retryAtMs: startMs + 1, failures: 0 } as const;
    const leaving = idle("linux-4", startMs, { ending: { ...ending, stopAcceptedAtMs: undefined } });

    expect(launched(plan(target({ served: 1, max: 1 }), snapshot([leaving])))).toEqual([]);
  });

  test("placements fill in order, each up to its own limit, and a full provider is left alone", () => {
    const placements = [
      { provider: "host", max: 1, fullUntilMs: 0 },
      { provider: "cluster", max: 5, fullUntilMs: 0 },
    ];
    const where = (fullUntilMs: number) =>
      plan(
        target({
          served: 3,
          placements: placements.map((entry, index) => (index === 0 ? { ...entry, fullUntilMs } : entry)),
        }),
        snapshot([]),
      ).actions.map((action) => (action.kind === "launch" ? action.provider : ""));

    expect(where(0)).toEqual(["host", "cluster", "cluster"]);
    expect(where(startMs + 1)).toEqual(["cluster", "cluster", "cluster"]);
  });

  test("nothing is launched or condemned before the first complete look", () => {
    expect(plan(target({ served: 3 }), snapshot([ended("a")], { observed: false })).actions).toEqual([]);
  });

  test("no launch while held or draining", () => {
    expect(launched(plan(target({ served: 3, launchAllowance: 0 }), snapshot([])))).toEqual([]);
    expect(launched(plan(target({ served: 3, accepting: false }), snapshot([])))).toEqual([]);
  });
});

describe("releasing", () => {
  test("a busy runner is never released, even when demand falls to zero", () => {
    const later = { nowMs: startMs + 60 * minuteMs };
    expect(plan(target(), snapshot([busy("linux-6")], later)).actions).toEqual([]);
    expect(plan(target({ accepting: false }), snapshot([busy("linux-6")], later)).actions).toEqual([]);
  });

  test("an idle runner goes after its grace, the longest idle first, and only as many as are too many", () => {
    const runners = [idle("young", startMs + 2 * minuteMs), idle("old", startMs), idle("middle", startMs + minuteMs)];
    const at = (minutes: number, served: number) =>
      released(plan(target({ served }), snapshot(runners, { nowMs: startMs + minutes * minuteMs })));

    expect(at(4, 1)).toEqual([]);
    expect(at(5, 1)).toEqual(["old: surplus"]);
    expect(at(60, 1)).toEqual(["old: surplus", "middle: surplus"]);
    expect(at(60, 3)).toEqual([]);
  });

  test("draining lets idle and booting runners go at once", () => {
    expect(released(plan(target({ accepting: false }), snapshot([idle("a"), booting("b"), busy("c")])))).toEqual([
      "a: draining",
      "b: draining",
    ]);
  });

  test("a failed release is repeated when its time has come, not before", () => {
    const ending = { reason: "surplus", sinceMs: 0, forced: false, failures: 1, stopAcceptedAtMs: undefined } as const;
    const waiting = idle("a", startMs, { ending: { ...ending, retryAtMs: startMs + 10 } });

    expect(released(plan(target(), snapshot([waiting])))).toEqual([]);
    expect(released(plan(target(), snapshot([waiting], { nowMs: startMs + 10 })))).toEqual(["a: surplus"]);
  });
});

describe("capacity", () => {
  const none = new Map<string, number>();

  test("what placement can make now, never more than the maximum", () => {
    expect(capacityOf(target({ max: 4 }), 0, none, startMs)).toBe(4);
    const placements = [{ provider: "host", max: 3, fullUntilMs: 0 }];
    expect(capacityOf(target({ max: 4, placements }), 1, new Map([["host", 1]]), startMs)).toBe(3);
  });

  test("while launches are held, only what is there already; while draining, nothing", () => {
    expect(capacityOf(target({ launchAllowance: 0 }), 2, none, startMs)).toBe(2);
    expect(capacityOf(target({ accepting: false }), 2, none, startMs)).toBe(0);
  });
});

describe("any snapshot", () => {
  const anyRunner = fc.integer({ min: 0, max: 1_000 }).chain((serial) =>
    fc
      .constantFrom<(name: string) => Runner>(
        (name) => booting(name),
        (name) => idle(name, startMs - 60 * minuteMs),
        (name) => busy(name),
        (name) => ended(name),
        (name) => booting(name, { instance: { kind: "none" }, registration: { kind: "none" } }),
      )
      .map((make) => make(`linux-${serial}`)),
  );

  test("never plans beyond the maximum, never touches a busy runner, and repeats itself", () => {
    fc.assert(
      fc.property(
        fc.array(anyRunner, { maxLength: 20 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 12 }),
        (runners, served, max) => {
          const unique = [...new Map(runners.map((runner) => [runner.name, runner])).values()];
          const wanted = target({ served, max, placements: [{ provider: "host", max: 30, fullUntilMs: 0 }] });
          const planned = plan(wanted, snapshot(unique));
          const existing = unique.filter(mayExist).length;
          expect(existing + launched(planned).length).toBeLessThanOrEqual(Math.max(max, existing));
          const busyNames = new Set(unique.filter((runner) => phaseOf(runner) === "busy").map(({ name }) => name));
          expect(planned.actions.filter((action) => busyNames.has(action.runner))).toEqual([]);
          expect(plan(wanted, snapshot(unique))).toEqual(planned);
        },
      ),
    );
  });
});
