import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveSecret, SecretError } from "./resolve-secret.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-secret-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string, mode = 0o600): { readonly kind: "file"; readonly path: string } {
  const path = join(folder, "secret");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return { kind: "file", path };
}

test("a secret comes from the variable or the file, without the line's end", async () => {
  expect(await resolveSecret({ kind: "env", name: "TOKEN" }, { TOKEN: "hush\n" })).toEqual({ value: "hush" });
  expect(await resolveSecret(fileWith("hush\n"), {})).toEqual({ value: "hush" });
});

test("a file that others can read works, with advice that names the file and not its content", async () => {
  const { value, advice } = await resolveSecret(fileWith("hush", 0o644), {});

  expect(value).toBe("hush");
  expect(advice).toContain(`chmod 600 ${join(folder, "secret")}`);
  expect(advice).not.toContain("hush");
});

test.each([
  ["a variable that is not set", () => ({ kind: "env", name: "NONE" }) as const, "{ env: NONE }", "is not set"],
  ["an empty variable", () => ({ kind: "env", name: "EMPTY" }) as const, "{ env: EMPTY }", "is empty"],
  ["a file that is not there", () => ({ kind: "file", path: join(folder, "none") }) as const, "none }", "no such file"],
  ["an empty file", () => fileWith(" \n"), "secret }", "is empty"],
  ["a folder", () => ({ kind: "file", path: folder }) as const, "{ file:", "not a file"],
])("%s is an error that names the reference and the reason", async (_what, reference, name, reason) => {
  const failure = resolveSecret(reference(), { EMPTY: "" });

  await expect(failure).rejects.toThrow(SecretError);
  await expect(failure).rejects.toThrow(name);
  await expect(failure).rejects.toThrow(reason);
});

test("a file far too large for a secret is not read", async () => {
  await expect(resolveSecret(fileWith("x".repeat(70_000)), {})).rejects.toThrow("64 KiB");
});
