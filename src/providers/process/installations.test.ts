import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LaunchSpec } from "../../core/ports/provider.ts";
import { systemClock } from "../../system/system-clock.ts";
import { ProviderFixture } from "./provider-fixture.ts";

const calm = { signal: new AbortController().signal };
let fixture: ProviderFixture;

beforeEach(async () => {
  fixture = await ProviderFixture.make(systemClock);
});
afterEach(async () => {
  await fixture.close();
});

function spec(installation: string): LaunchSpec {
  return {
    installation,
    pool: "linux",
    runner: "linux-a-1",
    credential: { kind: "jit-config", encodedJitConfig: "jit" },
  };
}

test("two installations may share a work root: a stop for one leaves the other's runner of the same name alone", async () => {
  const ours = fixture.provider();
  const theirs = fixture.provider();
  await ours.launch(spec("acme"), calm);
  await theirs.launch(spec("other"), calm);
  await ours.stop("linux-a-1", calm);

  expect(await ours.listOwned("acme", calm)).toEqual([]);
  expect(await theirs.listOwned("other", calm)).toHaveLength(1);
  await ours.stop("linux-a-1", calm);
  expect(await theirs.listOwned("other", calm)).toHaveLength(1);
});

test("a provider that was asked about no installation yet stops the runner wherever it is", async () => {
  await fixture.provider().launch(spec("acme"), calm);
  await fixture.provider().stop("linux-a-1", calm);

  expect(existsSync(fixture.directory("linux-a-1"))).toBe(false);
});

test("other things in the work root are no runners, and nothing that is listed or removed", async () => {
  const provider = fixture.provider();
  await provider.launch(spec("acme"), calm);
  await mkdir(join(fixture.workRoot, "acme/lost+found"));
  await writeFile(join(fixture.workRoot, "acme/notes"), "");

  expect(await provider.listOwned("acme", calm)).toHaveLength(1);
  await provider.stop("linux-a-1", calm);
  expect(existsSync(join(fixture.workRoot, "acme/lost+found"))).toBe(true);
  expect(existsSync(join(fixture.workRoot, "acme/notes"))).toBe(true);
});

test("a runner whose directory somebody removed is forgotten: another of its name is not taken for it", async () => {
  const provider = fixture.provider();
  await fixture.launch(provider, "linux-a-1");
  await fixture.finish("linux-a-1", 3);
  await fixture.until(async () => (await provider.listOwned("acme", calm))[0]?.phase === "ended");
  await rm(fixture.directory("linux-a-1"), { recursive: true });
  expect(await provider.listOwned("acme", calm)).toEqual([]);

  await fixture.launch(provider, "linux-a-1");
  expect(await provider.listOwned("acme", calm)).toMatchObject([{ runner: "linux-a-1", phase: "running" }]);
});

test("a work root that disappeared is not taken for an empty one", async () => {
  const provider = fixture.provider();
  expect(await provider.listOwned("acme", calm)).toEqual([]);
  await rm(fixture.workRoot, { recursive: true });

  await expect(provider.listOwned("acme", calm)).rejects.toMatchObject({ code: "DROVER_PROVIDER_LIST_INCOMPLETE" });
});
