import { expect, test } from "vitest";
import { scopeKey, scopeOfConfigUrl } from "./scope.ts";

test.each([
  ["https://github.com/org/repo", "repos/org/repo"],
  ["https://github.com/org/repo/", "repos/org/repo"],
  ["https://github.com/org", "orgs/org"],
  ["https://github.com/enterprises/my-enterprise", "enterprises/my-enterprise"],
  ["https://github.com/Enterprises/my-enterprise/", "enterprises/my-enterprise"],
  ["http://127.0.0.1:39001/my-org", "orgs/my-org"],
  ["https://GitHub.com/Org", "orgs/org"],
  ["https://github.com/enterprises", "orgs/enterprises"],
  ["https://github.com/org%2Frepo", "repos/org/repo"],
  ["https://github.com/org/repo?x=1#y", "repos/org/repo"],
])("%s names %s", (url, key) => {
  const scope = scopeOfConfigUrl(url);
  expect(scope && scopeKey(scope)).toBe(key);
});

test.each([
  "https://github.com",
  "https://github.com/",
  "https://github.com/some/random/path",
  "https://github.com/%E0%A4%A",
  "github.com/org",
  "",
])("%s names no scope", (url) => {
  expect(scopeOfConfigUrl(url)).toBeUndefined();
});
