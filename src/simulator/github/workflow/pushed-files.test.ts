import { expect, test } from "vitest";
import { sortPushedFiles } from "./pushed-files.ts";

function workflowsOf(...paths: readonly string[]): readonly string[] {
  return sortPushedFiles(paths.map((path) => ({ path, text: "" }))).flatMap((tree) =>
    tree.workflows.map((file) => file.path),
  );
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
  const trees = sortPushedFiles([
    { path: "/home/me/project/.github/workflows/a.yml", text: "w" },
    { path: "/home/me/project/act/action.yml", text: "a" },
    { path: "/home/me/project/./x/../y.txt", text: "y" },
    { path: "/home/me/elsewhere.txt", text: "z" },
  ]);
  expect(trees.map((tree) => tree.workflows.map((file) => file.path))).toEqual([[".github/workflows/a.yml"]]);
  expect(trees.map((tree) => [...tree.files.keys()])).toEqual([[".github/workflows/a.yml", "act/action.yml", "y.txt"]]);
});

test("without .github/workflows every YAML file that is no action counts as a workflow", () => {
  expect(workflowsOf("case/ci.yml", "case/act/action.yml", "case/readme.md", "other.yaml")).toEqual([
    ".github/workflows/ci.yml",
    ".github/workflows/other.yaml",
  ]);
});

test("folders beside each other are repositories of their own; a .github below another one is none", () => {
  const trees = sortPushedFiles(
    [
      "one/.github/workflows/a.yml",
      "one/x/.github/workflows/n.yml",
      "one/act/action.yml",
      "two/.github/workflows/b.yml",
    ].map((path) => ({ path, text: "" })),
  );
  expect(trees.map((tree) => tree.workflows.map((file) => file.path))).toEqual([
    [".github/workflows/a.yml"],
    [".github/workflows/b.yml"],
  ]);
  expect(trees.map((tree) => tree.files.has("act/action.yml"))).toEqual([true, false]);
});
