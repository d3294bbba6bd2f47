import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { expect, test } from "vitest";

test("output that a pipe does not take at once arrives whole before the process ends", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "end-process.ts"));
  const script = `import { endProcess } from ${module}; process.stdout.write("x".repeat(1_000_000)); await endProcess(4);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");

  expect(await text(child.stdout)).toHaveLength(1_000_000);
  expect(await ended).toEqual([4, null]);
});
