import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile, chown } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTree } from "./remove-tree.ts";

let root: string;
let tree: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "drover-remove-"));
  tree = join(root, "tree");
  await mkdir(tree);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test("files and directories without permissions are removed", async () => {
  await mkdir(join(tree, "closed/inner"), { recursive: true });
  await writeFile(join(tree, "closed/inner/file"), "", { mode: 0o000 });
  await chmod(join(tree, "closed/inner"), 0o000);
  await chmod(join(tree, "closed"), 0o500);
  await removeTree(tree);

  expect(existsSync(tree)).toBe(false);
});

test("names that are no text are removed", async () => {
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0x0a, 0x2d, 0xfe])]), "");
  await writeFile(join(tree, "-rf"), "");
  await removeTree(tree);

  expect(existsSync(tree)).toBe(false);
});

test("a tree deeper than a path may be long is removed", async () => {
  const levels = `${"d".repeat(100)}/`.repeat(20);
  for (let part = 0; part < 4; part++) {
    await mkdir(join(root, "part", levels), { recursive: true });
    if (part > 0) await rename(join(root, "deep"), join(root, "part", levels, "deeper"));
    await rename(join(root, "part"), join(root, "deep"));
  }
  await rename(join(root, "deep"), join(tree, "deep"));
  await removeTree(tree);

  expect(existsSync(tree)).toBe(false);
});

test("symbolic links are removed, never followed", async () => {
  await mkdir(join(root, "outside"));
  await writeFile(join(root, "outside/kept"), "kept");
  await symlink(join(root, "outside"), join(tree, "link"));
  await symlink("/", join(tree, "slash"));
  await removeTree(tree);

  expect(existsSync(tree)).toBe(false);
  expect(await readFile(join(root, "outside/kept"), "utf8")).toBe("kept");
});

test("removing what is not there is success", async () => {
  await removeTree(join(root, "never"));
});

test.runIf(process.getuid?.() === 0)("files of another user are removed by root", async () => {
  await mkdir(join(tree, "theirs"));
  await writeFile(join(tree, "theirs/file"), "");
  await chown(join(tree, "theirs/file"), 65534, 65534);
  await chown(join(tree, "theirs"), 65534, 65534);
  await removeTree(tree);

  expect(existsSync(tree)).toBe(false);
});

test.runIf(process.getuid?.() === 0)("what is mounted inside is refused and kept", async () => {
  await mkdir(join(root, "outside"));
  await writeFile(join(root, "outside/kept"), "kept");
  await mkdir(join(tree, "mounted"));
  // In a mount namespace of its own, so that a test that is cut off leaves no mount behind.
  const script = `
    mount -t tmpfs none "$1/mounted" && echo kept >"$1/mounted/kept"
    "$2" --input-type=module -e '
      const { removeTree } = await import(process.argv[1]);
      await removeTree(process.argv[2]).then(() => console.log("removed"), (error) => console.log(error.code));
    ' "$3" "$1"
    cat "$1/mounted/kept"`;
  const said = execFileSync("unshare", [
    ...["--mount", "/bin/sh", "-c", script, "sh"],
    ...[tree, process.execPath, join(import.meta.dirname, "remove-tree.ts")],
  ]).toString();

  expect(said).toBe("DROVER_PROVIDER_STOP\nkept\n");
});
