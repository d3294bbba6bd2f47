import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeReadModel, jobView, poolView, runnerView } from "../../../test/fakes/read-model.ts";
import { FakeTerminal } from "../../../test/fakes/fake-terminal.ts";
import { startServer, type RunningServer } from "../../server/index.ts";
import { systemClock } from "../../system/system-clock.ts";

const token = "a-token-of-the-test-0123456789";
let folder: string;
let model: FakeReadModel;
let server: RunningServer;
let url: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-cli-"));
  model = new FakeReadModel();
  model.poolViews = [poolView({ name: "linux" }), poolView({ name: "gpu", state: "draining" })];
  model.runnerViews = [runnerView({ name: "linux-1", phase: "busy", job: { id: "j", name: "build\u001B[2J" } })];
  model.jobViews = [jobView({ name: "build" })];
  server = await startServer({
    listen: "127.0.0.1:0",
    socket: join(folder, "drover.sock"),
    token,
    readModel: model,
    operations: model,
    metrics: { render: () => Promise.resolve({ contentType: "text/plain", body: "" }) },
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    redact: (text) => text,
  });
  url = server.addresses.find((address) => address.startsWith("http")) ?? "";
  await writeFile(join(folder, "token"), `${token}\n`, { mode: 0o600 });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function writeConfig(serverLine: string): Promise<void> {
  await writeFile(
    join(folder, "drover.yaml"),
    `github: { credentials: { a: { token: { env: T } } } }
pools: [{ name: linux, scope: acme }]
runner: { dir: /r }
server: ${serverLine}
`,
  );
}

const terminal = (environment: Record<string, string> = {}): FakeTerminal =>
  new FakeTerminal({ folder, environment, nowMs: 61_000 });

describe("the running Drover is found", () => {
  test("by the socket of ./drover.yaml, without a token", async () => {
    await writeConfig(`{ socket: ${join(folder, "drover.sock")} }`);

    expect(await terminal().run(["status"])).toBe(0);
  });

  test("by the address of the file after -c, with the token it names", async () => {
    await writeConfig(`{ listen: "${url.slice(7)}", token: { file: token }, socket: elsewhere.sock }`);

    const io = new FakeTerminal({ folder: "/nowhere" });

    expect(await io.run(["runners", "-c", join(folder, "drover.yaml")])).toBe(0);
  });

  test("by --server and --token-file, by the environment, and by a socket's path", async () => {
    expect(await terminal().run(["jobs", "--server", url, "--token-file", "token"])).toBe(0);
    expect(await terminal({ DROVER_SERVER: url, DROVER_TOKEN: token }).run(["jobs"])).toBe(0);
    expect(await terminal().run(["jobs", "--server", "unix:drover.sock"])).toBe(0);
  });

  test("and when nothing names it, that is said with 2", async () => {
    const io = terminal();

    expect(await io.run(["status"])).toBe(2);
    expect(io.stderr).toContain("-c FILE");
  });

  test("a configuration with errors is shown as config check shows it, with 2", async () => {
    await writeConfig("{ lisen: x }");
    const io = terminal();

    expect(await io.run(["status"])).toBe(2);
    expect(io.stderr).toContain("drover.yaml:4:11 server.lisen: unknown key. Did you mean listen?");
  });
});

describe("what goes wrong has its exit code", () => {
  test("3: nobody answers", async () => {
    await server.close();
    const io = terminal();

    expect(await io.run(["status", "--server", url, "--token-file", "token"])).toBe(3);
    expect(io.stderr).toContain("nobody listens there");
    expect(io.stderr).toContain("drover up");
  });

  test("4: no such job, runner or pool, in the server's own words", async () => {
    const environment = { DROVER_SERVER: url, DROVER_TOKEN: token };

    for (const line of [
      ["why", "nothing"],
      ["logs", "nobody"],
      ["drain", "nowhere"],
    ]) {
      const io = terminal(environment);
      expect(await io.run(line)).toBe(4);
      expect(io.stderr).toMatch(/drover (?:jobs|runners|status)/);
    }
  });

  test("3: what answers is another program", async () => {
    const other = createServer((_, response) => void response.writeHead(404).end("<h1>Not here</h1>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    try {
      const io = terminal();
      const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;

      expect(await io.run(["status", "--server", address])).toBe(3);
      expect(io.stderr).toContain(`What answers at ${address} is no Drover`);
    } finally {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    }
  });

  test("5: the token is refused or missing, and is not shown", async () => {
    const io = terminal({ DROVER_SERVER: url, DROVER_TOKEN: "a-wrong-token-0123456789" });

    expect(await io.run(["status"])).toBe(5);
    expect(await terminal({ DROVER_SERVER: url }).run(["status"])).toBe(5);
    expect(io.stderr).not.toContain("a-wrong-token");
  });
});

describe("what the commands show", () => {
  const environment = (): Record<string, string> => ({ DROVER_SERVER: `unix:${join(folder, "drover.sock")}` });

  test("--json is what the API says", async () => {
    const status = terminal(environment());
    const jobs = terminal(environment());
    await status.run(["status", "--json"]);
    await jobs.run(["jobs", "--json"]);

    expect(status.json()).toEqual({ overview: model.view, pools: model.poolViews });
    expect(jobs.json()).toEqual({ total: 1, jobs: model.jobViews });
  });

  test("status shows each pool, problems worst first, and why launches wait", async () => {
    model.view = {
      ...model.view,
      problems: [{ pool: "gpu", code: "X", message: "No credential fits.", sinceMs: 1_000 }],
    };
    model.poolViews = [poolView({ hold: { reason: "3 launches failed", untilMs: 71_000 } })];
    const io = terminal(environment());
    await io.run(["status"]);

    expect(io.stdout).toContain("acme-eu  ready, up 1m");
    expect(io.stdout).toContain("! gpu: No credential fits. (for 1m)");
    expect(io.stdout).toContain("~ linux: launches wait 10s: 3 launches failed");
  });

  test("a job's name cannot play with the terminal", async () => {
    const io = terminal(environment());
    await io.run(["runners"]);

    expect(io.stdout).toContain("build[2J");
    expect(io.stdout).not.toContain("\u001B[2J");
  });

  test("--pool and --limit reach the server, and a cut list says so", async () => {
    model.jobViews = [jobView({ name: "a" }), jobView({ name: "b" }), jobView({ name: "c", pool: "gpu" })];
    const io = terminal(environment());
    await io.run(["jobs", "--pool", "linux", "--limit", "1"]);

    expect(io.stdout).toMatch(/\ba\b/);
    expect(io.stdout).toContain("1 of 2; more with --limit");
  });

  test("drain and --resume reach the pool", async () => {
    await terminal(environment()).run(["drain", "gpu"]);
    expect(model.drained.get("gpu")).toBe(true);
    await terminal(environment()).run(["drain", "gpu", "--resume"]);
    expect(model.drained.get("gpu")).toBe(false);
  });

  test("status --watch shows it again and again until Ctrl-C", async () => {
    const io = terminal(environment());
    io.onPause = (pauses) => {
      model.poolViews = [poolView({ name: `round-${pauses}` })];
      if (pauses === 3) io.pressCtrlC();
    };

    expect(await io.run(["status", "--watch"])).toBe(130);
    expect(io.outputs.map((text) => /round-\d/.exec(text)?.[0])).toEqual([undefined, "round-1", "round-2"]);
  });

  test("status --watch on a terminal redraws in place, keeps its picture while Drover is away, and gives the terminal back", async () => {
    const io = new FakeTerminal({ folder, environment: environment(), nowMs: 61_000, interactive: true, rows: 24 });
    const socket = join(folder, "drover.sock");
    io.onPause = async (pauses) => {
      model.poolViews = [poolView({ name: `round-${pauses}` })];
      if (pauses === 2) await rename(socket, `${socket}.away`);
      if (pauses === 4) await rename(`${socket}.away`, socket);
      if (pauses === 5) io.pressCtrlC();
    };

    expect(await io.run(["status", "--watch"])).toBe(130);
    expect(io.outputs).toEqual([]);
    expect(io.drawn.join("")).not.toContain("\u001B[2J");
    const frames = io.drawn.map((text) => stripVTControlCharacters(text)).filter((text) => text !== "");
    expect(frames[1]).toContain("round-1");
    expect(frames[2]).toContain("round-1");
    expect(frames[2]).toContain("! Drover has not answered for 0s; this is what it said last.");
    expect(frames[3]).toContain("for 2s");
    expect(frames[4]).toContain("round-4");
    expect(frames[4]).not.toContain("has not answered");
    expect(io.drawn.at(-1)).toBe("\u001B[?25h");
    expect(io.keyboardHeld).toBe(0);
  });

  test("logs --follow shows the last lines of a runner that ended between two looks, once", async () => {
    model.logs.set("linux-1", "one\ntwo\n");
    const io = terminal(environment());
    io.onPause = () => {
      model.logs.delete("linux-1");
      const end = { reason: "finished", exitCode: 0, lastLines: ["one", "two", "three"] };
      model.runnerViews = [runnerView({ name: "linux-1", phase: "gone", end })];
    };

    expect(await io.run(["logs", "linux-1", "--follow"])).toBe(0);
    expect(io.outputs).toEqual(["one\ntwo", "three"]);
    expect(io.stderr).toBe("linux-1 is gone (finished, exit code 0). The last it wrote:");
  });

  test("logs of a runner that is gone are its last lines; of one that is being made, --follow waits for the first", async () => {
    const end = { reason: "boot-deadline", exitCode: null, lastLines: ["no route to host"] };
    model.runnerViews = [
      runnerView({ name: "linux-1", phase: "gone", end }),
      runnerView({ name: "linux-2", phase: "starting" }),
    ];
    const gone = terminal(environment());
    expect(await gone.run(["logs", "linux-1"])).toBe(0);
    expect(gone.outputs).toEqual(["no route to host"]);

    expect(await terminal(environment()).run(["logs", "linux-2"])).toBe(4);
    const waiting = terminal(environment());
    waiting.onPause = (pauses) => {
      if (pauses === 1) model.logs.set("linux-2", "hello\n");
      if (pauses === 2) waiting.pressCtrlC();
    };
    await waiting.run(["logs", "linux-2", "--follow"]);
    expect(waiting.outputs).toEqual(["hello"]);
  });

  test("logs --follow prints each line once and ends when the runner is gone", async () => {
    model.logs.set("linux-1", "one\ntw");
    const io = terminal(environment());
    io.onPause = (pauses) => {
      if (pauses === 1) model.logs.set("linux-1", "one\ntwo\nthree\n");
      if (pauses === 3) model.logs.delete("linux-1");
    };

    expect(await io.run(["logs", "linux-1", "--follow"])).toBe(0);
    expect(io.outputs).toEqual(["one", "two\nthree"]);
  });

  test("why says the verdict and each link of the chain", async () => {
    const io = terminal(environment());
    model.why = () =>
      Promise.resolve({
        job: jobView({ name: "build" }),
        verdict: "It waits for a runner.",
        release: "a launch that works",
        waitedMs: 90_000,
        chain: [
          { link: "seen", atMs: 1_000, state: "done" },
          { link: "created", state: "waiting", reason: "the provider is full" },
          { link: "image", state: "not-observed" },
        ],
        events: [],
      });
    await io.run(["why", "build"]);

    expect(io.stdout).toContain("It waits for a runner.\nIt goes on when: a launch that works\nwaited 1m 30s");
    expect(io.stdout).toMatch(/✓ {2}seen +\+0\.0s\n… {2}created +the provider is full\n\? {2}image +nobody saw it/);
  });
});
