import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { stepByStep } from "./steps.ts";

test("before each step everything that follows from the step before has happened, however deep", async () => {
  const order: string[] = [];
  let steps = 0;
  await stepByStep(() => {
    const step = (steps += 1);
    order.push(`step ${step}`);
    void (async () => {
      for (let depth = 0; depth < 20; depth += 1) await Promise.resolve();
      process.nextTick(() => order.push(`tick of ${step}`));
    })();
    return step < 100;
  });
  await Promise.resolve();

  expect(order.slice(0, 6)).toEqual(["step 1", "tick of 1", "step 2", "tick of 2", "step 3", "tick of 3"]);
  expect(order.filter((entry) => entry.startsWith("step"))).toHaveLength(100);
});

test("a step that throws ends them all", async () => {
  await expect(
    stepByStep(() => {
      throw new Error("broken");
    }),
  ).rejects.toThrow("broken");
});

test("the steps' own immediates are nothing real, a timer is", async () => {
  // A process of its own: this one has timers that come and go.
  const program = `
    import { Fence } from ${JSON.stringify(new URL("./fence.ts", import.meta.url).href)};
    import { stepByStep } from ${JSON.stringify(new URL("./steps.ts", import.meta.url).href)};
    const fence = new Fence();
    let steps = 0;
    let crossed;
    await stepByStep((own) => { crossed ??= fence.crossed(own); return (steps += 1) < 64; });
    console.log(crossed);
    const timer = setTimeout(() => {}, 60_000);
    await stepByStep((own) => (crossed = fence.crossed(own)) === undefined);
    clearTimeout(timer);
    console.log(crossed.includes("Timeout"));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);

  expect(stdout).toBe("undefined\ntrue\n");
});
