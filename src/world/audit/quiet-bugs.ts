import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes that redundancy or a later look repairs, or that only a special world shows: only closer rules see them. */
export const quietBugs: readonly PlantedBug[] = [
  {
    name: "handled-but-not-journalled",
    mistake: "a message is deleted at GitHub before its jobs are in the journal",
    patches: [
      {
        file: "engine/pool.ts",
        find: "        await this.#parts.recorder.flush(signal);",
        replace: "        void signal;",
      },
    ],
  },
  {
    name: "message-never-acknowledged",
    mistake: "handled messages stay in the queue",
    patches: [
      { file: "scale-set/listener.ts", find: "    await session.deleteMessage(messageId, { signal });\n", replace: "" },
    ],
  },
  {
    name: "capacity-is-always-the-maximum",
    mistake: "GitHub hears the maximum, whatever the pool can make",
    patches: [
      {
        file: "engine/pool.ts",
        find: "        return this.state.capacity;",
        replace: "        return this.options.max;",
      },
    ],
  },
  {
    name: "capacity-counts-runners-that-end",
    mistake: "runners on their way out are told as capacity",
    patches: [
      {
        file: "engine/pool.ts",
        find: 'if (phase !== "starting" && phase !== "idle" && phase !== "busy") continue;',
        replace: 'if (phase === "gone") continue;',
      },
    ],
  },
  {
    name: "capacity-not-lowered-on-hold",
    mistake: "while launches are held back, GitHub goes on assigning jobs",
    patches: [
      {
        file: "core/pool/plan.ts",
        find: "  if (target.launchAllowance === 0) return Math.min(target.max, present);\n",
        replace: "",
      },
    ],
  },
  {
    name: "message-wakes-nobody",
    mistake: "what GitHub tells waits for the next resync",
    patches: [
      {
        file: "engine/pool.ts",
        find: "for (const fact of facts) this.#apply(fact);\n        this.#wake.ring();",
        replace: "for (const fact of facts) this.#apply(fact);",
      },
    ],
  },
  {
    name: "drain-ignored",
    mistake: "a drained pool goes on launching",
    patches: [
      {
        file: "engine/pool.ts",
        find: "    return !this.#drained && !this.#stopping && this.#ports.source",
        replace: "    return !this.#stopping && this.#ports.source",
      },
    ],
  },
  {
    name: "one-below-the-maximum",
    mistake: "the last place of a pool stays empty",
    patches: [
      {
        file: "core/pool/plan.ts",
        find: "target.max - existing, target.launchAllowance",
        replace: "target.max - 1 - existing, target.launchAllowance",
      },
    ],
  },
  {
    name: "session-kept-after-stop",
    mistake: "an orderly stop leaves its session to the next start, which meets a conflict",
    patches: [
      {
        file: "scale-set/listener.ts",
        find: "        if (held) await this.#close(session);",
        replace: "        if (held && !signal.aborted) await this.#close(session);",
      },
    ],
  },
  {
    name: "idle-runners-kept-after-stop",
    mistake: "an orderly stop leaves idle runners behind",
    patches: [
      {
        file: "engine/engine.ts",
        find: "    for (const pool of this.pools.values()) pool.beginStopping();\n",
        replace: "",
      },
    ],
  },
  {
    name: "idle-grace-ignored",
    mistake: "an idle runner goes as soon as its job is gone",
    patches: [
      {
        file: "core/pool/plan.ts",
        find: "    .filter((runner) => nowMs - idleSinceMs(runner) >= graceMs)\n",
        replace: "    .filter(() => nowMs >= graceMs)\n",
      },
    ],
  },
  {
    name: "job-deadline-never-fires",
    mistake: "a job runs on past its deadline",
    patches: [
      {
        file: "core/runner/verdict.ts",
        find: "nowMs - assignment.sinceMs >= deadlines.jobMs ?",
        replace: "nowMs - assignment.sinceMs >= deadlines.jobMs * 1e9 ?",
      },
    ],
  },
  {
    name: "job-deadline-fires-early",
    mistake: "a running job is ended long before its deadline",
    patches: [
      {
        file: "core/runner/verdict.ts",
        find: "nowMs - assignment.sinceMs >= deadlines.jobMs ?",
        replace: "nowMs - assignment.sinceMs >= deadlines.jobMs / 60 ?",
      },
    ],
  },
  {
    name: "removed-pools-not-drained",
    mistake: "runners of a pool that the configuration no longer names stay for ever",
    patches: [
      {
        file: "engine/engine.ts",
        find: "      if (this.pools.has(name) || this.#loops.signal.aborted) continue;",
        replace: '      if (name !== "" || this.pools.has(name) || this.#loops.signal.aborted) continue;',
      },
    ],
  },
  {
    name: "adopted-is-stopped-at-once",
    mistake: "a runner that an earlier start made is stopped without asking GitHub",
    patches: [
      {
        file: "engine/pool-state.ts",
        find: 'registration: { kind: "requested", atMs: nowMs },',
        replace: 'registration: { kind: "none" },',
      },
    ],
  },
  {
    name: "pool-taken-from-a-prefix",
    mistake: "runners of pools whose names begin alike are mixed up",
    patches: [
      {
        file: "core/runner/name.ts",
        find: 'const [, pool = "", incarnation = "", serial = ""] = match;',
        replace: 'const [, whole = "", incarnation = "", serial = ""] = match;\n  const pool = whole.slice(0, 6);',
      },
    ],
  },
  {
    name: "registration-ids-mixed-up",
    mistake: "another runner's registration is removed, one with the same serial",
    patches: [
      {
        file: "demand/scale-set/scale-set-registry.ts",
        find: "ids.set(runner, jit.runner.id);",
        replace: "ids.set(runner.slice(-2), jit.runner.id);",
      },
      {
        file: "demand/scale-set/scale-set-registry.ts",
        find: "const known = ids.get(runner);",
        replace: "const known = ids.get(runner.slice(-2));",
      },
    ],
  },
];
