import { expect, test } from "vitest";
import { resolveScope } from "./scope.ts";

test.each([
  ["https://github.com", "acme", "https://github.com/acme", "https://api.github.com", "/orgs/acme"],
  [
    "https://github.com/",
    "acme/widgets",
    "https://github.com/acme/widgets",
    "https://api.github.com",
    "/repos/acme/widgets",
  ],
  [
    "https://ghes.example.com",
    "enterprises/big",
    "https://ghes.example.com/enterprises/big",
    "https://ghes.example.com/api/v3",
    "/enterprises/big",
  ],
  ["http://127.0.0.1:4000", "/acme/", "http://127.0.0.1:4000/acme", "http://127.0.0.1:4000/api/v3", "/orgs/acme"],
])("%s and %s make one configuration URL and one REST path", (url, text, configUrl, restBase, restPath) => {
  const scope = resolveScope(url, text);

  expect(scope.configUrl.text).toBe(configUrl);
  expect(scope).toMatchObject({ text, restBase, restPath });
});

test.each(["", "a/b/c"])("the scope %j is refused", (text) => {
  expect(() => resolveScope("https://github.com", text)).toThrow("invalid config URL");
});

test("any server can be treated as an enterprise server", () => {
  expect(resolveScope("https://github.com", "acme", { forceGhes: true }).restBase).toBe("https://github.com/api/v3");
});
