import { expect, test } from "vitest";
import { ServiceError } from "../../scale-set/index.ts";
import { startTrouble, toldState } from "./told-state.ts";

const retrying = (code: string) =>
  ({ kind: "retrying", sinceMs: 1, code, message: "409 Conflict: owner vm", nextAttemptAtMs: 2 }) as const;

test("a session that somebody else holds: how long that is normal, what it means when it lasts, and GitHub's own words", () => {
  const told = toldState(retrying("session-conflict"));

  expect(told).toMatchObject({ kind: "retrying", code: "session-conflict", nextAttemptAtMs: 2 });
  expect("message" in told && told.message).toMatch(
    /frees it within about 90 s.*a second Drover serves this pool.*409 Conflict: owner vm$/,
  );
});

test.each(["unauthorized", "forbidden", "not-found"])("%s says what the reader can do", (code) => {
  const told = toldState(retrying(code));
  expect("message" in told && told.message).toMatch(
    /Drover goes on asking\. .*GitHub's answer: 409 Conflict: owner vm$/,
  );
});

test("F21 labels that GitHub dropped without a word are told as long as the pool is connected", () => {
  const told = toldState({ kind: "connected", sinceMs: 5 }, ["gpu", "large"]);
  expect(told).toMatchObject({ kind: "connected", sinceMs: 5, defect: { code: "labels-missing" } });
  expect("defect" in told && told.defect?.message).toMatch(/gpu, large.*a pool for each label/);
});

test("what has no advice, and what is well, stays as it is", () => {
  expect(toldState(retrying("transport"))).toEqual(retrying("transport"));
  expect(toldState({ kind: "connected", sinceMs: 5 })).toEqual({ kind: "connected", sinceMs: 5 });
});

test.each([
  ["Unauthorized", "unauthorized", /token that is valid/],
  ["NotFound", "not-found", /spelling of the scope/],
  ["RunnerGroupNotFound", "runner-group-missing", /correct runnerGroup/],
] as const)("a pool that cannot start for %s says so in the same words", (kind, code, advice) => {
  const told = startTrouble(new ServiceError(kind, "GitHub said no", { method: "GET", url: "http://github.test" }));
  expect(told.code).toBe(code);
  expect(told.message).toMatch(advice);
  expect(told.message).toMatch(/Drover goes on asking\. .*GitHub's answer: GitHub said no$/);
});
