import { expect, test } from "vitest";
import { toldState } from "./told-state.ts";

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

test("what has no advice, and what is well, stays as it is", () => {
  expect(toldState(retrying("transport"))).toEqual(retrying("transport"));
  expect(toldState({ kind: "connected", sinceMs: 5 })).toEqual({ kind: "connected", sinceMs: 5 });
});
