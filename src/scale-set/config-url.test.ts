import { expect, test } from "vitest";
import { ConfigUrlError, forcesGhes, parseConfigUrl, scopePath } from "./config-url.ts";

const organization = (name: string) => ({ kind: "organization", organization: name });
const repository = (owner: string, name: string) => ({ kind: "repository", owner, repository: name });
const enterprise = (name: string) => ({ kind: "enterprise", enterprise: name });

test.each([
  ["https://github.com/org/repo", repository("org", "repo"), true, "https://api.github.com"],
  ["https://github.com/org/repo/", repository("org", "repo"), true, "https://api.github.com"],
  ["https://github.com/org", organization("org"), true, "https://api.github.com"],
  ["https://github.com/enterprises/my-enterprise", enterprise("my-enterprise"), true, "https://api.github.com"],
  ["https://github.com/enterprises/my-enterprise/", enterprise("my-enterprise"), true, "https://api.github.com"],
  ["https://github.com/ENTERPRISES/e", enterprise("e"), true, "https://api.github.com"],
  ["https://www.github.com/org/", organization("org"), true, "https://api.github.com"],
  ["http://github.localhost/org/repo", repository("org", "repo"), true, "http://api.github.localhost"],
  ["https://my-ghes.ghe.com/org/", organization("org"), true, "https://api.my-ghes.ghe.com"],
  ["https://my-ghes.com/org", organization("org"), false, "https://my-ghes.com/api/v3"],
  ["http://localhost/org/repo", repository("org", "repo"), false, "http://localhost/api/v3"],
  ["http://127.0.0.1:39001/my-org", organization("my-org"), false, "http://127.0.0.1:39001/api/v3"],
  ["https://GitHub.com/Org", organization("Org"), true, "https://api.GitHub.com"],
  ["https://github.com:443/org", organization("org"), false, "https://github.com:443/api/v3"],
  ["https://x.GHE.COM/org", organization("org"), false, "https://x.GHE.COM/api/v3"],
  ["https://github.com/enterprises", organization("enterprises"), true, "https://api.github.com"],
  ["https://github.com/org%2Frepo", repository("org", "repo"), true, "https://api.github.com"],
  ["https://github.com/org?x=1#y", organization("org"), true, "https://api.github.com"],
])("C-01 %s is taken apart", (input, scope, hosted, restBase) => {
  expect(parseConfigUrl(input)).toMatchObject({ scope, hosted, restBase });
});

test.each(["https://github.com", "https://github.com/", "https://github.com/some/random/path"])(
  "C-01 %s points to nothing that has runners",
  (input) => {
    expect(() => parseConfigUrl(input)).toThrow(
      "invalid config URL, should point to an enterprise, org, or repository",
    );
  },
);

test.each(["", "   "])("C-01 the variable that forces server rules counts when its value is %j, too", (value) => {
  const forceGhes = forcesGhes({ GITHUB_ACTIONS_FORCE_GHES: value });

  expect(parseConfigUrl("https://test.ghe.com/org/repo", { forceGhes })).toMatchObject({
    hosted: false,
    restBase: "https://test.ghe.com/api/v3",
  });
  expect(forcesGhes({})).toBe(false);
});

test("C-01 slashes are trimmed from what the service is told; query and fragment stay", () => {
  expect(parseConfigUrl("/https://GitHub.com/org?a=1#b//").text).toBe("https://GitHub.com/org?a=1#b");
});

test.each(["github.com/acme", "ftp://github.com/acme", "https:///acme", "https://github.com/%zz"])(
  "%s is refused although another client would try it",
  (input) => {
    expect(() => parseConfigUrl(input)).toThrow(ConfigUrlError);
  },
);

test("a password in the URL is refused without being repeated", () => {
  expect(() => parseConfigUrl("https://me:hunter2@github.com/acme")).toThrow(/user name and password/);
  expect(() => parseConfigUrl("https://me:hunter2@github.com/acme")).not.toThrow(/hunter2/);
});

test("scope names are escaped as path segments", () => {
  expect(scopePath({ kind: "organization", organization: "a b/c" })).toBe("/orgs/a%20b%2Fc");
  expect(scopePath({ kind: "repository", owner: "o", repository: "r(1)@x" })).toBe("/repos/o/r%281%29@x");
  expect(scopePath({ kind: "enterprise", enterprise: "e" })).toBe("/enterprises/e");
});
