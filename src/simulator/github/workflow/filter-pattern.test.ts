import { expect, test } from "vitest";
import { passesPatterns } from "./filter-pattern.ts";

// The examples of GitHub's filter pattern cheat sheet.
test.each([
  ["feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/a/b", "feature"]],
  ["feature/**", ["feature/beta-a/my-branch", "feature/mona"], ["feature"]],
  ["main", ["main"], ["mains", "a/main", "Main"]],
  ["*", ["main", "releases"], ["all/the/branches"]],
  ["**", ["all/the/branches", "every/tag"], []],
  ["*feature", ["mona-feature", "feature", "ver-10-feature"], ["feature-x"]],
  ["v2*", ["v2", "v2.0", "v2.9"], ["v3"]],
  ["v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.x.1"]],
  ["*.jsx?", ["page.js", "page.jsx"], ["page.ts"]],
  ["**.js", ["index.js", "js/index.js", "src/js/app.js"], ["x.ts"]],
  ["docs/*", ["docs/README.md"], ["docs/a/b.md"]],
  ["docs/**", ["docs/README.md", "docs/mona/octocat.txt"], ["src/docs/x"]],
  ["docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["docs/x.txt"]],
  ["**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["doc/x"]],
  ["**/README.md", ["README.md", "js/README.md"], ["README.txt"]],
  ["**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["a/source/x"]],
  ["**/*-post.md", ["my-post.md", "path/their-post.md"], ["post.md"]],
  ["**/migrate-*.sql", ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"], ["x.sql"]],
])("%s", (pattern, passing, failing) => {
  expect(passing.filter((name) => !passesPatterns([pattern], name))).toEqual([]);
  expect(failing.filter((name) => passesPatterns([pattern], name))).toEqual([]);
});

test("the last pattern that matches decides, and an exclamation mark decides against", () => {
  expect(passesPatterns(["*.md", "!README.md"], "hello.md")).toBe(true);
  expect(passesPatterns(["*.md", "!README.md"], "README.md")).toBe(false);
  expect(passesPatterns(["*.md", "!README.md", "README*"], "README.md")).toBe(true);
});
