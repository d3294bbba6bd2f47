import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../system/system-clock.ts";
import { ProviderFixture } from "./provider-fixture.ts";
import type { ProcessProvider, ProcessProviderOptions } from "./provider.ts";

const calm = { signal: new AbortController().signal };
const isRoot = process.getuid?.() === 0;
let fixture: ProviderFixture;

beforeEach(async () => {
  fixture = await ProviderFixture.make(systemClock);
});
afterEach(async () => {
  await fixture.close();
});

/** A provider whose jobs run as the user nobody, and whose program is the script. */
function contained(script: string, options: Partial<ProcessProviderOptions> = {}): ProcessProvider {
  return fixture.provider({
    user: "nobody",
    runner: { kind: "command", command: ["/bin/sh", "-c", script] },
    ...options,
  });
}

async function output(provider: ProcessProvider, runner: string): Promise<string> {
  await fixture.launch(provider, runner);
  await fixture.until(async () => {
    const instances = await provider.listOwned("acme", calm);
    return instances.find((instance) => instance.runner === runner)?.phase === "ended";
  });
  return (await provider.readLog(runner, { ...calm, maxBytes: 100_000 })) ?? "";
}

describe.runIf(isRoot)("a job of a provider with a user", () => {
  test("is that user, in its own directory, which it may write to and nobody else may enter", async () => {
    const script = `id -un; id -u; stat -c '%U %a' . "$HOME" "$TMPDIR"; touch file "$HOME/file" "$TMPDIR/file" /tmp/other && pwd`;

    expect((await output(contained(script), "linux-a-1")).split("\n")).toEqual([
      ...["nobody", "65534", "nobody 700", "nobody 700", "nobody 1777"],
      ...[join(fixture.directory("linux-a-1"), "home/runner"), ""],
    ]);
  });

  test("can read neither Drover's credentials nor its journal nor its environment", async () => {
    // Outside of /tmp, so that it is the permissions that protect them here.
    const secrets = await makeDirectoryOutsideTmp();
    try {
      await writeFile(join(secrets, "token"), "canary-of-drover", { mode: 0o600 });
      const script = `cat ${secrets}/token; grep -l canary-of-drover /proc/[0-9]*/environ; ls /proc/${process.pid}; kill -0 ${process.pid}; echo tried`;
      const said = await output(contained(script, { secrets: [join(secrets, "token")] }), "linux-a-1");

      expect(said).not.toContain("canary-of-drover\n");
      expect(said).toContain("tried");
      expect(said).toMatch(/token: Permission denied/);
      expect(said).toMatch(new RegExp(`ls: cannot access '/proc/${process.pid}'`));
    } finally {
      await rm(secrets, { recursive: true });
    }
  });

  test("can read nothing of another runner: files, temporary files, credential, output, processes", async () => {
    const other = contained(
      `echo canary-of-the-other >file; cp file "$HOME"; cp file /tmp; cp file "$TMPDIR"; cp file /var/tmp; cp file /dev/shm; ` +
        `echo ready; chmod -R a+rX . /tmp 2>&-; exec sleep 1000.4242`,
    );
    await other.launch(
      {
        installation: "acme",
        pool: "linux",
        runner: "linux-b-1",
        credential: { kind: "jit-config", encodedJitConfig: "canary-of-the-other" },
      },
      calm,
    );
    await fixture.until(
      async () => (await other.readLog("linux-b-1", { ...calm, maxBytes: 1_000 }))?.includes("ready") === true,
    );
    const directory = fixture.directory("linux-b-1");
    const script = `
      cat ${directory}/home/runner/file ${directory}/home/file ${directory}/keeper ${directory}/output.log
      grep -rs canary-of-the ${fixture.workRoot} /tmp /var/tmp /dev/shm "$TMPDIR"
      cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -e sleep -e canary-of
      cat /proc/[0-9]*/root/${directory}/home/file /proc/[0-9]*/cwd/file
      ls ${join(fixture.workRoot, "acme")}`;
    const said = await output(contained(script), "linux-a-1");

    // Its own script is in its own argument vector; nothing else that matches may be seen.
    const seen = said.split("\n").filter((line) => line.includes("canary-of-the-other"));
    expect(seen).toEqual([]);
    expect(said.trim().split("\n").at(-1)).toBe("linux-a-1");
    expect(await readFile(join(directory, "home/file"), "utf8")).toBe("canary-of-the-other\n");
  });

  test("can write neither into the user's real home directory nor to Drover's notes about it", async () => {
    const script = `d=${fixture.directory("linux-a-1")}; for f in keeper life output.log new; do echo forged >>"$d/$f" && echo "wrote $f"; done; kill -9 1; echo done`;

    const said = await output(contained(script), "linux-a-1");
    expect(said).not.toMatch(/wrote/);
    expect(said).toMatch(/done\n$/);
  });

  test("leaves nothing when it is stopped: its namespace ends with it", async () => {
    const provider = contained("env -i setsid sleep 1000.777 & touch /tmp/mine; exec sleep 1000.777", { graceMs: 100 });
    await fixture.launch(provider, "linux-a-1");
    await fixture.until(() => existsSync(join(fixture.directory("linux-a-1"), "tmp/mine")));
    await provider.stop("linux-a-1", calm);

    expect(await fixture.traces("linux-a-1")).toEqual([]);
    expect(existsSync("/tmp/mine")).toBe(false);
    expect(execFileSync("sh", ["-c", "grep -lsa 1000.777 /proc/[0-9]*/cmdline || true"]).toString()).not.toMatch(
      /sleep/,
    );
  });

  test("survives Drover, whose successor learns how it ended", async () => {
    const script = "mkfifo control; read -r code <control; cat lines; exit $code";
    await fixture.launch(contained(script), "linux-a-1");
    const later = contained(script);
    await fixture.finish("linux-a-1", 9, ["well"]);
    await fixture.until(async () => (await later.listOwned("acme", calm))[0]?.phase === "ended");

    expect((await later.listOwned("acme", calm))[0]).toMatchObject({ end: { exitCode: 9, lastLines: ["well"] } });
  });

  test("is asked to leave before it is killed", async () => {
    const provider = contained("trap 'echo left >left; exit 0' TERM; touch ready; sleep 1000 & wait; cat left");
    await fixture.launch(provider, "linux-a-1");
    const own = join(fixture.directory("linux-a-1"), "home/runner");
    await fixture.until(() => existsSync(join(own, "ready")));
    const events: string[] = [];
    const watching = fixture.until(async () => {
      if (existsSync(join(own, "left"))) events.push("left");
      return events.length > 0 || !existsSync(own);
    });
    await Promise.all([provider.stop("linux-a-1", calm), watching]);

    expect(await fixture.traces("linux-a-1")).toEqual([]);
  });
});

describe.runIf(isRoot)("at start, a provider with a user", () => {
  test("names what its jobs could read and should not", async () => {
    const directory = await makeDirectoryOutsideTmp();
    try {
      const file = join(directory, "token");
      await writeFile(file, "open to everybody", { mode: 0o644 });
      const starting = contained("true", { secrets: [file] }).prepare(calm);

      await expect(starting).rejects.toThrow(`could read ${file}. Drover does not start.`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("refuses a user that does not exist, and root", async () => {
    await expect(contained("true", { user: "nobody-of-this-name" }).prepare(calm)).rejects.toThrow(
      /no user "nobody-of/,
    );
    await expect(contained("true", { user: "root" }).prepare(calm)).rejects.toThrow(/is root/);
  });

  test("refuses a program that the user may not execute", async () => {
    const directory = await makeDirectoryOutsideTmp();
    try {
      await mkdir(join(directory, "closed"));
      await writeFile(join(directory, "closed/run"), "#!/bin/sh\n", { mode: 0o755 });
      await chmod(join(directory, "closed"), 0o700);
      const runner = { kind: "command", command: [join(directory, "closed/run")] } as const;

      await expect(contained("", { runner }).prepare(calm)).rejects.toThrow(/may not use .*closed\/run/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("makes the way to a new work root open to that user, and says which folder closes it otherwise", async () => {
    const directory = await makeDirectoryOutsideTmp();
    try {
      const workRoot = join(directory, "state/drover/work");
      await contained("true", { workRoot }).prepare(calm);
      expect((await stat(join(directory, "state"))).mode & 0o777).toBe(0o711);
      expect((await stat(workRoot)).mode & 0o777).toBe(0o700);

      await chmod(join(directory, "state"), 0o700);
      const starting = contained("true", { workRoot }).prepare(calm);
      await expect(starting).rejects.toThrow(`open it with: chmod o+x ${join(directory, "state")}.`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("refuses software below /tmp, of which each runner has its own", async () => {
    await mkdir(join(fixture.root, "runner"));
    await writeFile(join(fixture.root, "runner/run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    const dir = { kind: "dir", dir: join(fixture.root, "runner") } as const;
    const minimal = {
      kind: "minimal",
      command: ["/bin/sh", join(fixture.root, "runner/run.sh"), "sim-runner"],
    } as const;
    const archive = { kind: "archive", version: "2.330.0", sha256: "0".repeat(64), cacheDir: fixture.root } as const;

    for (const runner of [dir, minimal, archive]) {
      const starting = contained("", { runner }).prepare(calm);
      await expect(starting).rejects.toThrow(/lies below \/tmp, and each runner has a \/tmp of its own/);
      await expect(starting).rejects.toMatchObject({ setting: "runner" });
    }
  });

  test("leaves nothing of its trial behind", async () => {
    await contained("true").prepare(calm);

    expect(execFileSync("ls", ["-A", fixture.workRoot]).toString()).toBe("");
  });
});

test("without a user, the warning at start names what a job can read", async () => {
  const notes = await fixture.provider().prepare(calm);
  const message = notes.find((note) => note.code === "no-isolation")?.message;

  for (const word of ["credentials", "API token", "journal", "other runners", "user"]) expect(message).toContain(word);
});

/** /tmp is another one for contained jobs, so what must be protected by its permissions lies elsewhere. */
async function makeDirectoryOutsideTmp(): Promise<string> {
  const directory = `/var/lib/drover-test-${process.pid}`;
  await mkdir(directory, { recursive: true, mode: 0o755 });
  return directory;
}
