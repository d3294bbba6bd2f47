import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { exampleFaults, lineFaults } from "../scripts/documentation/examples.ts";
import { allCommands } from "../src/cli/registry.ts";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const commands = await allCommands();

test("every command, configuration and link in the documentation is good", async () => {
  expect(await exampleFaults(root, commands)).toEqual([]);
});

test("the examples of every command parse", async () => {
  const faults = await Promise.all(
    commands.flatMap(({ examples }) => examples.map(({ line }) => lineFaults(line, root, commands))),
  );

  expect(faults.flat()).toEqual([]);
});

describe("a wrong line in the documentation is found", () => {
  test.each([
    ["drover sim psuh x.yml", "sim psuh"],
    ["npx drover status --wacth", "--wacth"],
    ["npm ci && npx drover why", "missing required argument"],
    ["DROVER_TOKEN=x drover runers", "runers"],
    ["npm run wrold -- --seeds 5", "no such script"],
    ["drover sim push a.yml --event release", "Allowed choices"],
    ["drover logs --bytes many runner-1", "whole number"],
  ])("%s", async (line, words) => {
    expect((await lineFaults(line, root, commands)).join("\n")).toContain(words);
  });

  test.each([
    "$ drover --version",
    "drover help sim push",
    "cat drover.yaml # drover nonsense",
    "drover sim > drover.yaml",
  ])("and a good one is not: %s", async (line) => {
    expect(await lineFaults(line, root, commands)).toEqual([]);
  });
});
