import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CliError } from "../frame/cli-error.ts";
import { collectFiles } from "./collect-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-push-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function files(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `text of ${path}`);
  }
}

const paths = (names: readonly string[]): string[] => collectFiles(names, folder).map(({ path }) => path);

test("a workflow file keeps its place in the repository, and brings the local actions with their scripts", () => {
  files(
    "repo/.github/workflows/ci.yml",
    "repo/.github/workflows/other.yml",
    "repo/.github/actions/setup/action.yml",
    "repo/.github/actions/setup/lib/run.sh",
    "repo/src/main.c",
  );

  expect(paths(["repo/.github/workflows/ci.yml"]).sort()).toEqual([
    ".github/actions/setup/action.yml",
    ".github/actions/setup/lib/run.sh",
    ".github/workflows/ci.yml",
  ]);
});

test("a folder brings all its workflows and actions, and nothing else", () => {
  files(
    "repo/.github/workflows/ci.yml",
    "repo/.github/workflows/nightly.yaml",
    "repo/.github/workflows/README.md",
    "repo/tools/action.yaml",
    "repo/src/main.c",
    "repo/node_modules/x/action.yml",
    "repo/.git/action.yml",
  );

  const expected = [".github/workflows/ci.yml", ".github/workflows/nightly.yaml", "tools/action.yaml"];
  expect(paths(["repo"]).sort()).toEqual(expected);
  expect(paths(["repo/.github/workflows"]).sort()).toEqual(expected);
});

test("a file or folder without .github/workflows counts as workflows, too", () => {
  files("lone.yml", "plain/a.yml", "plain/b.yaml", "plain/act/action.yml");

  expect(paths(["lone.yml"])).toEqual([".github/workflows/lone.yml"]);
  expect(paths(["plain"])).toEqual([".github/workflows/a.yml", ".github/workflows/b.yaml", "act/action.yml"]);
});

test("an action at the repository's root does not bring the whole repository", () => {
  files("repo/action.yml", "repo/secret.txt", "repo/.github/workflows/ci.yml");

  expect(paths(["repo"]).sort()).toEqual([".github/workflows/ci.yml", "action.yml"]);
});

test("each file knows how its user would name it", () => {
  files("repo/.github/workflows/ci.yml");

  expect(collectFiles(["repo"], folder)[0]).toEqual({
    path: ".github/workflows/ci.yml",
    text: "text of repo/.github/workflows/ci.yml",
    source: "repo/.github/workflows/ci.yml",
  });
});

test("a link in a circle ends", () => {
  files("repo/.github/workflows/ci.yml", "repo/act/action.yml");
  symlinkSync("..", join(folder, "repo/act/loop"));

  expect(paths(["repo"])).toHaveLength(2);
});

test.each([
  ["a name that leads nowhere", () => collectFiles(["none.yml"], folder), "does not exist"],
  [
    "a folder without workflows",
    () => {
      files("empty/README.md");
      return collectFiles(["empty"], folder);
    },
    "holds no workflow file",
  ],
  [
    "two files that would be the same",
    () => {
      files("a/ci.yml", "b/ci.yml");
      return collectFiles(["a/ci.yml", "b/ci.yml"], folder);
    },
    "would both be .github/workflows/ci.yml",
  ],
  [
    "a file too large for a workflow",
    () => {
      writeFileSync(join(folder, "big.yml"), "x".repeat(1_100_000));
      return collectFiles(["big.yml"], folder);
    },
    "larger than 1 MiB",
  ],
])("%s is a usage error", (_what, collect, words) => {
  expect(collect).toThrow(CliError);
  expect(collect).toThrow(words);
});
