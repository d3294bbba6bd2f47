import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "drover-folder-"));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe("a folder is made", () => {
  test("with everything that is missing above it, and the mode everywhere", async () => {
    await makeFolder(join(root, "a b/ü/c"), 0o700);

    for (const made of ["a b", "a b/ü", "a b/ü/c"]) expect((await stat(join(root, made))).mode & 0o777).toBe(0o700);
  });

  test("with exactly the mode that was asked for, whatever the umask takes away", async () => {
    const mask = process.umask(0o077);
    try {
      await makeFolder(join(root, "open/to"), 0o711);
      await makeFolder(join(root, "as/the/umask/says"));
    } finally {
      process.umask(mask);
    }

    expect((await stat(join(root, "open"))).mode & 0o777).toBe(0o711);
    expect((await stat(join(root, "as"))).mode & 0o777).toBe(0o700);
  });

  test("once, however many ask for it at the same time", async () => {
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(join(root, "x/y/z"))));

    expect((await stat(join(root, "x/y/z"))).isDirectory()).toBe(true);
  });

  test("not where a file, a dead link or a file system without folders is in the way: the error says so at once", async () => {
    await writeFile(join(root, "file"), "");
    await symlink(join(root, "nowhere"), join(root, "dead"));

    await expect(makeFolder(join(root, "file"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder(join(root, "file/below"))).rejects.toMatchObject({ path: join(root, "file") });
    await expect(makeFolder(join(root, "dead"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder("/proc/drover/state")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
