import { expect, test } from "vitest";
import { whyNotTriggered } from "./event-triggers.ts";
import { parseWorkflows } from "./parse-workflow.ts";
import { sortPushedFiles } from "./pushed-files.ts";

function reason(
  on: object | string,
  happened: Partial<Parameters<typeof whyNotTriggered>[1]> = {},
): string | undefined {
  const text = JSON.stringify({ on, jobs: { a: { "runs-on": "x", steps: [{ run: "x" }] } } });
  const { workflows, errors } = parseWorkflows(sortPushedFiles([{ path: ".github/workflows/a.yml", text }]));
  expect(errors).toEqual([]);
  const triggers = workflows[0]?.triggers;
  if (triggers === undefined) throw new Error("no workflow");
  const event = { name: "push", ref: "refs/heads/main", baseRef: "", action: undefined, changedPaths: ["src/a.ts"] };
  return whyNotTriggered(triggers, { ...event, ...happened });
}

test.each([
  ["push"],
  [["push", "schedule"]],
  [{ push: null }],
  [{ push: { branches: ["main"] } }],
  [{ push: { branches: "ma*" } }],
])("a push to main starts a workflow on %j", (on) => {
  expect(reason(on as object)).toBeUndefined();
});

test.each([
  ["workflow_dispatch", "it does not listen to push"],
  [{ push: { branches: ["release/**"] } }, "the branch main does not pass its filter"],
  [{ push: { "branches-ignore": ["ma*"] } }, "the branch main is ignored by its filter"],
  [{ push: { tags: ["v*"] } }, "it listens to tags only, and this is a branch"],
  [{ push: { paths: ["docs/**"] } }, "no changed path passes its filter"],
  [{ push: { "paths-ignore": ["src/**"] } }, "its filter ignores every changed path"],
])("a push to main does not start a workflow on %j", (on, expected) => {
  expect(reason(on)).toBe(expected);
});

test("a tag starts workflows without filters or with matching tags, not those with branches only", () => {
  const tag = { ref: "refs/tags/v1" };
  expect(reason("push", tag)).toBeUndefined();
  expect(reason({ push: { tags: ["v*"], branches: ["main"] } }, tag)).toBeUndefined();
  expect(reason({ push: { branches: ["**"] } }, tag)).toBe("it listens to branches only, and this is a tag");
  expect(reason({ push: { "tags-ignore": ["v*"] } }, tag)).toBe("the tag v1 is ignored by its filter");
  expect(reason({ push: { paths: ["docs/**"] } }, tag)).toBeUndefined();
});

test("a pull request is filtered by the branch it goes into", () => {
  const event = { name: "pull_request", ref: "refs/pull/1/merge", baseRef: "main", action: "opened" };
  expect(reason({ pull_request: { branches: ["main"] } }, event)).toBeUndefined();
  expect(reason({ pull_request: { branches: ["dev"] } }, event)).toBe("the branch main does not pass its filter");
});

test("without types a pull request starts workflows for its usual activities, with types for those named", () => {
  const closed = { name: "pull_request", baseRef: "main", action: "closed" };
  expect(reason("pull_request", closed)).toBe("it does not listen to the activity closed");
  expect(reason({ pull_request: { types: ["closed"] } }, closed)).toBeUndefined();
});

test("an event that only has a name starts the workflows that list it", () => {
  expect(reason({ schedule: [{ cron: "0 5 * * 1" }] }, { name: "schedule" })).toBeUndefined();
  expect(reason("issues", { name: "issues", action: "opened" })).toBeUndefined();
});
