import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashFiles } from "./hash-files.ts";

let root = "";
const files = ["a.txt", "b.lock", "sub/c.lock", "sub/deep/d.lock", ".hidden/e.lock", "node_modules/f.lock"];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "drover-hash-"));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  symlinkSync(root, join(root, "loop"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const expected = (...names: string[]): string => {
  const total = createHash("sha256");
  for (const name of names) total.update(createHash("sha256").update(name).digest());
  return total.digest("hex");
};

describe("hashFiles", () => {
  test.each([
    [["a.txt"], ["a.txt"]],
    [["*.lock"], ["b.lock"]],
    [["**/*.lock"], [".hidden/e.lock", "b.lock", "node_modules/f.lock", "sub/c.lock", "sub/deep/d.lock"]],
    [
      ["**/*.lock", "!node_modules", "!.hidden/**"],
      ["b.lock", "sub/c.lock", "sub/deep/d.lock"],
    ],
    [["sub"], ["sub/c.lock", "sub/deep/d.lock"]],
    [["sub/**/d.lock"], ["sub/deep/d.lock"]],
    [["?.[tx]xt"], ["a.txt"]],
    [["a.txt\nb.lock"], ["a.txt", "b.lock"]],
    [["./a.txt"], ["a.txt"]],
    [["/sub/*.lock"], ["sub/c.lock"]],
    [["/sub/**/*.lock", "!/sub/deep/*.lock"], ["sub/c.lock"]],
    [["--follow-symbolic-links", "*.lock"], ["b.lock"]],
  ])("%j", (patterns, names) => {
    expect(hashFiles(root, patterns)).toBe(expected(...names));
  });

  test("nothing that matches gives the empty string, and so does what lies outside of the workspace", () => {
    expect(hashFiles(root, ["*.none"])).toBe("");
    expect(hashFiles(root, ["../**"])).toBe("");
    expect(hashFiles(root, ["/etc/passwd"])).toBe("");
    expect(hashFiles(root, [`${tmpdir()}/*/a.txt`])).toBe("");
  });

  test("a pattern may name a path below the workspace in full", () => {
    expect(hashFiles(root, [`${root}/sub/*.lock`])).toBe(expected("sub/c.lock"));
  });
});
