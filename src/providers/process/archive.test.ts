import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../core/ports/clock.ts";
import { systemClock } from "../../system/system-clock.ts";
import { InstalledArchive, releaseUrl } from "./archive.ts";

const calm = new AbortController().signal;
/** Waits between tries pass at once; the guard against a stalled connection never fires. */
const hurried: Clock = {
  ...systemClock,
  sleep: (durationMs, signal) => (durationMs >= 60_000 ? systemClock.sleep(durationMs, signal) : Promise.resolve()),
};

let root: string;
let archive: Buffer;
let sum: string;
let server: Server;
let requests: { readonly range: string | undefined }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "drover-archive-"));
  await mkdir(join(root, "src/bin"), { recursive: true });
  await writeFile(join(root, "src/bin/Runner.Listener"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  await writeFile(join(root, "src/large"), Buffer.alloc(300_000, "drover"), { mode: 0o600 });
  execFileSync("tar", ["-czf", join(root, "a.tgz"), "-C", join(root, "src"), "."]);
  archive = await readFile(join(root, "a.tgz"));
  sum = createHash("sha256").update(archive).digest("hex");
  requests = [];
  answer = serveWhole;
  server = createServer((request, response) => {
    requests.push({ range: request.headers.range });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

function installed(options: { readonly sha256?: string; readonly cacheDir?: string } = {}): InstalledArchive {
  const { port } = server.address() as AddressInfo;
  return new InstalledArchive(
    {
      kind: "archive",
      version: "2.330.0",
      sha256: options.sha256 ?? sum,
      cacheDir: options.cacheDir ?? join(root, "cache"),
      url: `http://127.0.0.1:${port}/runner.tar.gz?token=canary`,
    },
    { clock: hurried, fetch },
  );
}

function serveWhole(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "content-length": archive.length });
  response.end(archive);
}

/** As GitHub's download servers do: parts on request. */
function serveParts(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(from)) return serveWhole(request, response);
  if (from >= archive.length) {
    response.writeHead(416).end();
    return;
  }
  response.writeHead(206, { "content-length": archive.length - from });
  response.end(archive.subarray(from));
}

/** Cut when the client has what was sent: an error drops whatever waits to be read. */
function serveCut(bytes: number): (request: IncomingMessage, response: ServerResponse) => void {
  return (_, response) => {
    response.writeHead(200, { "content-length": archive.length });
    response.write(archive.subarray(0, bytes));
    const cut = (): void => void response.destroy();
    untilPartHolds(bytes).then(cut, cut);
  };
}

function part(): string {
  return join(root, `cache/.actions-runner-2.330.0-${sum.slice(0, 16)}.part`);
}

/** The test's own timeout comes first: a cut that came too early would cut off something else. */
async function untilPartHolds(bytes: number): Promise<void> {
  for (let tries = 0; tries < 20_000; tries++) {
    if (existsSync(part()) && (await stat(part())).size === bytes) return;
    await systemClock.sleep(5, calm);
  }
}

test("an archive with the right sum is unpacked once, readable by everybody, and nothing else is left", async () => {
  const directory = await installed().directory(calm);

  await access(join(directory, "bin/Runner.Listener"));
  expect((await stat(join(directory, "bin/Runner.Listener"))).mode & 0o777).toBe(0o755);
  expect((await stat(join(directory, "large"))).mode & 0o777).toBe(0o644);
  expect(await readdir(join(root, "cache"))).toEqual([`actions-runner-2.330.0-${sum.slice(0, 16)}`]);
  expect(await installed().directory(calm)).toBe(directory);
  expect(requests).toHaveLength(1);
});

test("an archive with a wrong sum is refused with both sums, and nothing of it stays", async () => {
  const wrong = "0".repeat(64);
  const failure = await installed({ sha256: wrong })
    .directory(calm)
    .catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: "DROVER_RUNNER_SOFTWARE", retryable: false });
  expect(String(failure)).toContain(sum);
  expect(String(failure)).toContain(wrong);
  expect(String(failure)).not.toContain("canary");
  expect(await readdir(join(root, "cache"))).toEqual([]);
});

test("a download that was cut short goes on where it ended", async () => {
  let served = 0;
  answer = (request, response) => (++served === 1 ? serveCut(200)(request, response) : serveParts(request, response));
  await installed().directory(calm);

  expect(requests).toEqual([{ range: undefined }, { range: "bytes=200-" }]);
});

test("a download that was cut short begins anew where the server serves no parts", async () => {
  let served = 0;
  answer = (request, response) => (++served === 1 ? serveCut(200)(request, response) : serveWhole(request, response));
  const directory = await installed().directory(calm);

  expect(existsSync(join(directory, "large"))).toBe(true);
});

test("a download that is always cut short fails as retryable, is kept, and goes on in the next Drover", async () => {
  let served = 0;
  answer = (request, response) => (++served === 1 ? serveCut(150)(request, response) : response.destroy());
  const failure = await installed()
    .directory(calm)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ retryable: true });
  expect(String(failure)).toMatch(/could not be downloaded/);
  expect(await readdir(join(root, "cache"))).toEqual([`.actions-runner-2.330.0-${sum.slice(0, 16)}.part`]);

  answer = serveParts;
  requests = [];
  await installed().directory(calm);
  expect(requests).toEqual([{ range: "bytes=150-" }]);
});

test("a part that belongs to another file is thrown away and the download begins anew", async () => {
  await mkdir(join(root, "cache"));
  await writeFile(part(), Buffer.alloc(100, "x"));
  answer = serveParts;
  await installed().directory(calm);

  expect(requests).toEqual([{ range: "bytes=100-" }, { range: undefined }]);
});

test("a complete download that was never unpacked is not fetched again", async () => {
  await mkdir(join(root, "cache"));
  await writeFile(part(), archive);
  answer = serveParts;
  await installed().directory(calm);

  expect(requests).toEqual([{ range: `bytes=${archive.length}-` }]);
});

test("the server's refusal is told with its status", async () => {
  answer = (_, response) => response.writeHead(404, "Not Found").end();

  await expect(installed().directory(calm)).rejects.toThrow(/the server answered 404 Not Found/);
});

test("many launches at once, of several Drovers, download once", async () => {
  const one = installed();
  const other = installed();
  const directories = await Promise.all([one, one, one, other, other].map((each) => each.directory(calm)));

  expect(new Set(directories).size).toBe(1);
  expect(requests).toHaveLength(1);
});

test("the lock of a Drover that died is taken over", async () => {
  await mkdir(join(root, "cache"));
  const dead = JSON.stringify({ pid: process.pid, startTicks: "1" });
  await writeFile(join(root, `cache/.actions-runner-2.330.0-${sum.slice(0, 16)}.lock`), dead);
  await installed().directory(calm);

  expect(requests).toHaveLength(1);
});

test("a caller that gives up does not end the download for the others", async () => {
  const gaveUp = new AbortController();
  let finish: () => void = () => undefined;
  answer = (request, response) => {
    finish = () => serveWhole(request, response);
    gaveUp.abort(new Error("enough"));
  };
  const software = installed();
  const patient = software.directory(calm);
  await expect(software.directory(gaveUp.signal)).rejects.toThrow("enough");
  finish();

  await access(join(await patient, "bin/Runner.Listener"));
  expect(requests).toHaveLength(1);
});

test("an archive that disappeared from the cache is fetched again", async () => {
  const software = installed();
  await rm(await software.directory(calm), { recursive: true });

  await access(join(await software.directory(calm), "bin/Runner.Listener"));
});

test("what was unpacked half is never taken for whole", async () => {
  await mkdir(join(root, `cache/actions-runner-2.330.0-${sum.slice(0, 16)}.new`), { recursive: true });
  const directory = await installed().directory(calm);

  expect(existsSync(join(directory, "bin/Runner.Listener"))).toBe(true);
  expect(await readdir(join(root, "cache"))).toHaveLength(1);
});

test("a cache that cannot be written is named", async () => {
  await writeFile(join(root, "file"), "");
  await chmod(join(root, "file"), 0o400);

  await expect(installed({ cacheDir: join(root, "file/cache") }).directory(calm)).rejects.toThrow(/file\/cache/);
});

test.runIf(process.getuid?.() === 0)("a full disk is named, with what to do", () => {
  // A disk of 64 KiB in a mount namespace of its own, so that a test that is cut off leaves no mount behind.
  const { port } = server.address() as AddressInfo;
  const script = `
    const { InstalledArchive } = await import(process.argv[1]);
    const { systemClock } = await import(process.argv[2]);
    const answer = () => Promise.resolve(new Response(Buffer.alloc(200_000), { headers: { "content-length": "200000" } }));
    const archive = new InstalledArchive({ kind: "archive", version: "2.330.0", sha256: "${sum}", cacheDir: process.argv[3], url: "http://127.0.0.1:${port}/" },
      { clock: systemClock, fetch: answer });
    await archive.directory(new AbortController().signal).then(() => console.log("installed"), (error) => console.log(error.message));`;
  const shell =
    'mkdir "$1/disk" && mount -t tmpfs -o size=64k none "$1/disk" && exec "$2" --input-type=module -e "$3" "$4" "$5" "$1/disk"';
  const said = execFileSync("unshare", [
    ...["--mount", "/bin/sh", "-c", shell, "sh", root, process.execPath, script],
    ...[join(import.meta.dirname, "archive.ts"), join(import.meta.dirname, "../../system/system-clock.ts")],
  ]).toString();

  expect(said).toMatch(/The disk that holds .*disk is full.*Make room/);
});

test("GitHub's release page serves each processor its own archive", () => {
  expect(releaseUrl("2.330.0", "arm64")).toBe(
    "https://github.com/actions/runner/releases/download/v2.330.0/actions-runner-linux-arm64-2.330.0.tar.gz",
  );
  expect(() => releaseUrl("2.330.0", "mips")).toThrow(/"mips"/);
});
