import { expect, test } from "vitest";
import { sortPushedFiles } from "./pushed-files.ts";

function workflowsOf(...paths: readonly string[]): readonly string[] {
  return sortPushedFiles(paths.map((path) => ({ path, text: "" }))).workflows.map((file) => file.path);
}

test("workflows are the YAML files directly in .github/workflows", () => {
  expect(
    workflowsOf(
      ".github/workflows/a.yml",
      ".github/workflows/b.yaml",
      ".github/workflows/sub/c.yml",
      "d.yml",
      ".github/x.yml",
    ),
  ).toEqual([".github/workflows/a.yml", ".github/workflows/b.yaml"]);
});

test("a folder may be pushed from anywhere: paths are taken from the repository's root", () => {
  const tree = sortPushedFiles([
    { path: "/home/me/project/.github/workflows/a.yml", text: "w" },
    { path: "/home/me/project/act/action.yml", text: "a" },
    { path: "./x/../y.txt", text: "y" },
  ]);
  expect(tree.workflows.map((file) => file.path)).toEqual([".github/workflows/a.yml"]);
  expect([...tree.files.keys()]).toEqual([".github/workflows/a.yml", "act/action.yml", "y.txt"]);
});

test("without .github/workflows every YAML file that is no action counts as a workflow", () => {
  expect(workflowsOf("case/ci.yml", "case/act/action.yml", "case/readme.md", "other.yaml")).toEqual([
    ".github/workflows/ci.yml",
    ".github/workflows/other.yaml",
  ]);
});
