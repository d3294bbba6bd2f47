import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeTerminal } from "../../test/fakes/fake-terminal.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-config-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const good = "pools: [{ name: a, scope: acme }]\nrunner: { dir: /r }\n";

test.each([
  ["two bytes for each character", Buffer.from(good, "utf16le")],
  ["an old encoding", Buffer.from("# caf\u00e9\n", "latin1")],
  ["a program", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1])],
])("a file that is no UTF-8 (%s) is refused as a whole, with 2", async (_what, bytes) => {
  await writeFile(join(folder, "drover.yaml"), bytes);
  const io = new FakeTerminal({ folder });

  expect(await io.run(["config", "check"])).toBe(2);
  expect(io.stderr).toContain("drover.yaml is no text in UTF-8.");
});

test("UTF-8 with its mark at the beginning and Windows line ends is fine", async () => {
  await writeFile(join(folder, "drover.yaml"), `\ufeff${good.replaceAll("\n", "\r\n")}`);

  expect(await new FakeTerminal({ folder }).run(["config", "check"])).toBe(0);
});
