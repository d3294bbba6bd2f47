import { expect, test } from "vitest";
import { parseWorkflows } from "./parse-workflow.ts";
import { sortPushedFiles } from "./pushed-files.ts";

function errorsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const trees = sortPushedFiles(Object.entries(files).map(([path, text]) => ({ path, text })));
  return parseWorkflows(trees).errors.map(
    ({ file, line, column, message }) => `${file.split("/").slice(-2).join("/")}:${line}:${column} ${message}`,
  );
}

test("of a file with an unknown key, wrong conditions and what cannot run here are told as well, in the order of the file", () => {
  const text = `on: push
jobs:
  a:
    if: foo.x == 1
    runs-on: linux
    container: alpine
    steps:
      - run: echo
        shel: bash
      - run: echo
        if: contains('x')
      - uses: actions/checkout@v4
`;

  expect(errorsOf({ ".github/workflows/ci.yml": text })).toEqual([
    "workflows/ci.yml:4:9 Unrecognized named-value: 'foo'",
    "workflows/ci.yml:6:5 Job containers are not supported: steps run directly on the runner",
    "workflows/ci.yml:9:9 Unexpected value 'shel'",
    "workflows/ci.yml:11:13 Too few parameters supplied: 'contains'",
    "workflows/ci.yml:12:15 The action 'actions/checkout@v4' is not supported: the simulator fetches nothing",
  ]);
});

test("an expression that cannot be read is told once, whatever kind of value belongs in its place", () => {
  const text = `on: push
jobs:
  a:
    runs-on: linux
    timeout-minutes: \${{ nope }}
    continue-on-error: \${{ nope }}
    steps:
      - run: echo
        if: \${{ nope() }}
        timeout-minutes: \${{ nope }}
`;

  expect(errorsOf({ ".github/workflows/ci.yml": text })).toEqual([
    "workflows/ci.yml:5:22 Unrecognized named-value: 'nope'",
    "workflows/ci.yml:6:24 Unrecognized named-value: 'nope'",
    "workflows/ci.yml:9:13 Unrecognized function: 'nope'",
    "workflows/ci.yml:10:26 Unrecognized named-value: 'nope'",
  ]);
});

test("of a wrong action, each wrong condition is told once, and what it uses is looked at", () => {
  const action = `name: a
description: a
runs:
  using: composite
  steps:
    - { run: echo, shell: bash, if: nope.x }
    - { run: echo, shell: bash, if: "\${{ contains() }}" }
    - uses: ./gone
`;
  const text = "on: push\njobs:\n  a:\n    runs-on: linux\n    steps:\n      - uses: ./act\n";

  expect(errorsOf({ ".github/workflows/ci.yml": text, "act/action.yml": action })).toEqual([
    "act/action.yml:6:37 Unrecognized named-value: 'nope'",
    "act/action.yml:7:38 Too few parameters supplied: 'contains'",
    "act/action.yml:8:13 Local action './gone' has no action.yml among the pushed files",
  ]);
});

test("the refusal of a background step says that it is not supported", () => {
  const text = `on: push
jobs:
  a:
    runs-on: linux
    steps:
      - run: echo
        background: true
      - wait-all:
`;
  const { errors } = parseWorkflows(sortPushedFiles([{ path: ".github/workflows/ci.yml", text }]));

  expect(errors.map(({ line, column }) => `${line}:${column}`)).toEqual(["7:9", "8:9"]);
  for (const { remedy } of errors) expect(remedy).toContain("background step: they are not supported");
});
