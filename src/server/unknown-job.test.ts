import { describe, expect, test } from "vitest";
import { FakeReadModel, poolView } from "../../test/fakes/read-model.ts";
import type { PoolView } from "../core/ports/read-model.ts";
import { unknownJob } from "./unknown-job.ts";

function messageWith(...views: Partial<PoolView>[]): string {
  const model = new FakeReadModel();
  model.poolViews = views.map(poolView);
  return unknownJob(model).message;
}

describe("a job that Drover never heard of", () => {
  test("may wait for a pool that GitHub hands nothing: each is named with its reason", () => {
    const demand = { counted: 4, named: 4, served: 4, source: "scale-set", observedAtMs: 1000 };
    const message = messageWith(
      { name: "open" },
      { name: "none", size: { minIdle: 0, max: 0 } },
      { name: "drained", state: "draining" },
      { name: "refused", source: { state: "retrying", sinceMs: 1000, message: "401" } },
      { name: "held", hold: { reason: "5 failed attempts", untilMs: 2000 } },
      { name: "full", demand, capacity: 4 },
    );

    expect(message).toContain(
      "these are handed none now: none (max is 0), drained (draining), refused (no session with GitHub), held (its launches wait), full (full: 4 of 4 jobs).",
    );
  });

  test("waits for other jobs, or fits none of the pools that are open: each is named with its labels and scope", () => {
    const gpu = { name: "gpu", labels: ["gpu", "linux"], scope: "acme/widgets" };
    expect(messageWith(gpu)).toContain(
      "Every pool is open, so a job that Drover does not know is not queued yet (GitHub still holds it for its needs,",
    );
    expect(messageWith(gpu, { name: "none", size: { minIdle: 0, max: 0 } })).toMatch(
      /none \(max is 0\)\. The others are open, .*compare its runs-on and repository with gpu \(gpu, linux at acme\/widgets\)\.$/,
    );
  });

  test("a hundred closed pools do not make a hundred lines", () => {
    const views = Array.from({ length: 100 }, (_, index) => ({ name: `p${index}`, size: { minIdle: 0, max: 0 } }));
    expect(messageWith(...views)).toContain("p9 (max is 0) and 90 more.");
  });
});
