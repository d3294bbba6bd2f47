import type { PlantedBug } from "./planted-bug.ts";
import { quietBugs } from "./quiet-bugs.ts";

/** The mistakes that the world must see. They are planted while a thread loads the product, so that the product has no switches. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "acknowledge-before-handle",
    mistake: "a message is deleted at GitHub before its jobs are noted",
    patches: [
      { file: "scale-set/listener.ts", find: "    await session.deleteMessage(messageId, { signal });\n", replace: "" },
      {
        file: "scale-set/listener.ts",
        find: "      await this.#boundedAttempts(messageId, async (last) => {",
        replace:
          "      await session.deleteMessage(messageId, { signal });\n      await this.#boundedAttempts(messageId, async (last) => {",
      },
    ],
  },
  {
    name: "failed-attempts-are-capacity",
    mistake: "a launch that the provider refused still takes a place in the pool",
    patches: [
      {
        file: "engine/launch.ts",
        find: '  endAttempt(context, name, "launch-failed", why);',
        replace: "  void why;",
      },
    ],
  },
  {
    name: "stop-before-deregister",
    mistake: "the instance is stopped first, so that GitHub's refusal comes too late",
    patches: [
      {
        file: "engine/release.ts",
        find: "      if (!(await deregister(context, name))) return;\n      await stop(context, name);",
        replace: "      await stop(context, name);\n      if (!(await deregister(context, name))) return;",
      },
    ],
  },
  {
    name: "trust-busy",
    mistake: "a runner that GitHub lists as not busy is taken for idle, and stopped although GitHub refuses",
    patches: [
      {
        file: "engine/looking.ts",
        find: '    if (seen.registration.kind === "online" && runner.registration.kind',
        replace:
          '    if (byName.get(runner.name)?.busy === false && seen.ending === undefined)\n      state.put({ ...seen, assignment: { kind: "none" } });\n' +
          '    if (seen.registration.kind === "online" && runner.registration.kind',
      },
      {
        file: "core/pool/plan.ts",
        find: 'target.accepting ? "surplus" : "draining", false)',
        replace: 'target.accepting ? "surplus" : "draining", true)',
      },
    ],
  },
  {
    name: "reuse-a-name",
    mistake: "every start of the program begins with the same incarnation, so that names come again",
    patches: [
      {
        file: "core/runner/name.ts",
        find: "randomWord(random, drawnLength)",
        replace: "randomWord({ next: () => 0 }, drawnLength + 0 * random.next())",
      },
    ],
  },
  {
    name: "partial-list-is-death",
    mistake: "one list without the instance is enough to count it as dead",
    patches: [
      {
        file: "core/runner/verdict.ts",
        find: "return misses.count >= 2 && nowMs - misses.firstAtMs >= deadlines.confirmMs / 4;",
        replace: "return misses.count >= 1 && nowMs >= 0 && deadlines.confirmMs > 0;",
      },
    ],
  },
  {
    name: "forget-to-adopt",
    mistake: "instances that an earlier start made are ignored",
    patches: [
      {
        file: "engine/looking.ts",
        find: "    const adopted = adoptedInstance(instance, look.provider, nowMs);",
        replace:
          "    if (parseRunnerName(instance.runner, parts.installation)?.incarnation !== parts.incarnation) continue;\n" +
          "    const adopted = adoptedInstance(instance, look.provider, nowMs);",
      },
    ],
  },
  {
    name: "session-not-recreated",
    mistake: "a session that GitHub ended is polled for ever",
    patches: [
      {
        file: "scale-set/listener.ts",
        find: '          return !isServiceError(error, "SessionExpired");',
        replace: "          continue;",
      },
    ],
  },
  {
    name: "spent-credential-reused",
    mistake: "after an unanswered launch the next attempt gets the same just-in-time configuration",
    patches: [
      {
        file: "engine/launch.ts",
        find: "      credential = registered.credential;",
        replace:
          "      credential = (state as unknown as { spare?: typeof registered.credential }).spare ?? registered.credential;",
      },
      {
        file: "engine/launch.ts",
        find: '        recorder.record({ kind: "launch-unanswered"',
        replace:
          '        (state as unknown as { spare?: unknown }).spare = credential;\n        recorder.record({ kind: "launch-unanswered"',
      },
    ],
  },
  {
    name: "launch-blindly-after-a-start",
    mistake: "the first plan does not wait for a complete look at what already lives",
    patches: [
      {
        file: "core/pool/plan.ts",
        find: "  if (!snapshot.observed) return",
        replace: "  if (!snapshot.observed && wanted < 0) return",
      },
    ],
  },
  {
    name: "orphan-registrations-stay",
    mistake: "a registration without an instance is nobody's business",
    patches: [
      {
        file: "core/runner/verdict.ts",
        find: "return runner.adopted && nowMs",
        replace: "return runner.adopted && nowMs < 0 && nowMs",
      },
    ],
  },
  {
    name: "vanished-scale-set-not-made-again",
    mistake: "the id of a scale set that GitHub no longer knows is kept",
    patches: [
      {
        file: "demand/scale-set/pool-scale-set.ts",
        find: "  forget(): void {\n    this.#known = undefined;",
        replace: "  forget(): void {",
      },
    ],
  },
  {
    name: "failed-release-not-repeated",
    mistake: "a removal that failed is not tried again for a day",
    patches: [
      {
        file: "engine/release.ts",
        find: "      retryLater(context, name, error);",
        replace: "      retryLater(context, name, error);\n      postpone(context, name, 86_400_000);",
      },
    ],
  },
  {
    name: "retry-without-hold",
    mistake: "a failed attempt is repeated at once, for ever",
    patches: [
      {
        file: "core/pool/retry.ts",
        find: "  const cause = state.lastReason",
        replace: "  if (nowMs >= 0) return undefined;\n  const cause = state.lastReason",
      },
    ],
  },
  {
    name: "lost-answer-is-no-launch",
    mistake: "a launch without an answer is taken for a launch that made nothing",
    patches: [
      {
        file: "engine/launch.ts",
        find: '        recorder.record({ kind: "launch-unanswered"',
        replace:
          '        notLaunched(context, name, messageOf(error));\n        recorder.record({ kind: "launch-unanswered"',
      },
    ],
  },
  ...quietBugs,
];
