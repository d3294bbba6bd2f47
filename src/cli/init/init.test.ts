import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeTerminal } from "../../../test/fakes/fake-terminal.ts";
import { parseConfig, type Config } from "../../config/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-init-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const written = (name = "drover.yaml"): string => readFileSync(join(folder, name), "utf8");

function config(): Config {
  const result = parseConfig(written(), join(folder, "drover.yaml"));
  if ("errors" in result) throw new Error(JSON.stringify(result.errors));
  return result.config;
}

async function init(...words: readonly string[]): Promise<FakeTerminal & { code?: number }> {
  const io: FakeTerminal & { code?: number } = new FakeTerminal({ folder });
  io.code = await io.run(["init", ...words]);
  return io;
}

test("without a terminal the scope is all it needs", async () => {
  expect((await init("--scope", "acme/widgets")).code).toBe(0);
  expect(config().installation).toBe("acme");
  expect(config().pools[0]).toMatchObject({ name: "linux-x64", scope: "acme/widgets", credential: "main" });
});

test("every option reaches the file, whatever characters it has", async () => {
  const words = ["--url", "https://ghes.example.com", "--scope", "Acme", "--pool", "gpu", "--max", "9"];
  const app = ["--app-client-id", "Iv23example", "--app-key-file", "/etc/dro ver/#key: 1.pem"];
  await init(...words, ...app, "--runner-dir", "/opt/a b");

  expect(config()).toMatchObject({
    installation: "acme",
    github: {
      url: "https://ghes.example.com",
      credentials: { main: { kind: "app", privateKey: { kind: "file", path: "/etc/dro ver/#key: 1.pem" } } },
    },
    pools: [{ name: "gpu", size: { max: 9 } }],
    runner: { kind: "dir", dir: "/opt/a b" },
  });
});

test("a file that exists is never touched", async () => {
  writeFileSync(join(folder, "drover.yaml"), "mine");
  const io = await init("--scope", "acme");

  expect(io.code).toBe(1);
  expect(io.stderr).toContain("stays as it is");
  expect(written()).toBe("mine");
  expect((await init("--scope", "acme", "-o", "other.yaml")).code).toBe(0);
});

test.each([
  [[], "--scope is missing"],
  [["--scope", "acme", "--token-env", "A", "--token-file", "b"], "Two options answer one question"],
  [["--scope", "acme", "--runner-version", "2.330.0"], "go together"],
  [["--scope", "acme", "--minimal"], "only against the simulator"],
  [["--scope", "https://github.com/acme"], "leave out the host"],
])("answers that make no usable file write none: %j", async (words, reason) => {
  const io = await init(...words);

  expect(io.code).toBe(2);
  expect(io.stderr).toContain(reason);
  expect(() => written()).toThrow();
});

test("a folder that does not exist is told, with what to do", async () => {
  const io = await init("--scope", "acme", "-o", "missing/drover.yaml");

  expect(io.code).toBe(1);
  expect(io.stderr).toContain("missing/drover.yaml cannot be written: its folder does not exist.\n  Make the folder");
});
