import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { expect, test } from "vitest";
import { ignoresHangup } from "./hangup.ts";

test.each([
  ["0000000000000001", true],
  ["0000000000001001", true],
  ["0000000000001000", false],
  ["0000000000000000", false],
])("a mask of %s: %s", (mask, ignored) => {
  expect(ignoresHangup(`Name:\tnode\nSigBlk:\t0000000000000001\nSigIgn:\t${mask}\nSigCgt:\t1\n`)).toBe(ignored);
});

test("nohup is seen", async () => {
  const child = spawn("nohup", ["sleep", "60"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    await once(child, "spawn");
    await expect
      .poll(() => ignoresHangup(readFileSync(`/proc/${child.pid}/status`, "utf8")), { timeout: 10_000 })
      .toBe(true);
  } finally {
    child.kill("SIGKILL");
  }
});
