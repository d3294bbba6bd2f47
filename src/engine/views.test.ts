import { expect, test } from "vitest";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";

test("what is wrong with a connected source is a problem of its pool, until the source says otherwise", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  await world.start();
  const sink = world.engine.pools.get("linux")?.sink();
  const defect = { code: "labels-missing", message: "GitHub did not keep gpu" };
  sink?.report({ kind: "connected", sinceMs: 5, defect });
  expect(world.readModel.overview().problems).toEqual([{ pool: "linux", ...defect, sinceMs: 5 }]);
  sink?.report({ kind: "connected", sinceMs: 6 });
  expect(world.readModel.overview().problems).toEqual([]);
  await world.stop();
});
