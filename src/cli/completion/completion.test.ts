import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { FakeTerminal } from "../../../test/fakes/fake-terminal.ts";
import { allCommands } from "../registry.ts";
import { completionTree } from "./completion-tree.ts";

async function script(shell: string): Promise<string> {
  const io = new FakeTerminal();
  expect(await io.run(["completion", shell])).toBe(0);
  return io.stdout;
}

describe("in bash", async () => {
  const text = await script("bash");
  const complete = (...words: readonly string[]): string[] => {
    const asked = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _drover; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const run = spawnSync("bash", ["-c", `${text}\n${asked}`, "bash", "drover", ...words], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    return run.stdout.trim().split("\n");
  };

  test.each([
    [["sta"], ["status"]],
    [["sim", "pu"], ["push"]],
    [
      ["config", ""],
      ["check", "show", "schema"],
    ],
    [["status", "--wa"], ["--watch"]],
    [
      ["sim", "push", "--event", ""],
      ["push", "workflow_dispatch"],
    ],
    [["sim", "push", "package.j"], ["package.json"]],
    [["up", "-c", "package.j"], ["package.json"]],
    [["why", "--server", ""], [""]],
  ])("%j completes to %j", (words, found) => {
    expect(complete(...words)).toEqual(found);
  });
});

test("every command and flag is in every shell's script", async () => {
  const nodes = completionTree(await allCommands());
  for (const shell of ["bash", "zsh", "fish"]) {
    const text = await script(shell);
    for (const { path, flags } of nodes) {
      expect(text).toContain(path);
      for (const { long } of flags) expect(text).toContain(shell === "fish" ? `-l ${long.slice(2)}` : long);
    }
  }
});

test("an unknown shell is a usage error", async () => {
  const io = new FakeTerminal();

  expect(await io.run(["completion", "cmd"])).toBe(2);
  expect(io.stderr).toContain("bash, zsh or fish");
});
