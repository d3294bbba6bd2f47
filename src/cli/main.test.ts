import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../config/index.ts";

const script = fileURLToPath(new URL("../../bin/drover.js", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-main-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real program. `until` sees stdout as it grows, and is given what ends the process. */
async function drover(
  args: readonly string[],
  options: {
    readonly environment?: Record<string, string>;
    readonly nodeArgs?: readonly string[];
    readonly until?: (stdout: string, stop: () => void) => void;
  } = {},
): Promise<End> {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), script, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    options.until?.(stdout, () => child.kill("SIGTERM"));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

describe("drover --version", () => {
  test("prints the package's version and loads nothing but what it needs for that", async () => {
    const trace = join(folder, "trace.mjs");
    writeFileSync(
      trace,
      `import { registerHooks } from "node:module";
       registerHooks({ load(url, context, next) { process.stderr.write(url + "\\n"); return next(url, context); } });`,
    );
    const { code, stdout, stderr } = await drover(["--version"], { nodeArgs: ["--import", trace] });

    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect([code, stdout]).toEqual([0, `${version}\n`]);
    const loaded = stderr.match(/[^/\n]+\/[^/\n]+\.(?:ts|js)$/gm);
    expect(loaded).toEqual(["bin/drover.js", "cli/main.ts", "cli/version.ts"]);
  });
});

describe("drover sim", () => {
  const printed = (stdout: string, stop: () => void): void => {
    if (/runner: \{ minimal: true \}\n$/.test(stdout)) stop();
  };

  test("prints a drover.yaml that parses, whose token works, and ends in order at SIGTERM, leaving nothing", async () => {
    let answered: Promise<number> | undefined;
    const { code, stdout, stderr } = await drover(["sim", "--listen", "127.0.0.1:0"], {
      until: (text, stop) => {
        if (!/runner: \{ minimal: true \}\n$/.test(text) || answered !== undefined) return;
        answered = ask(text).finally(stop);
      },
    });

    expect([code, stderr]).toEqual([0, ""]);
    expect(await answered).toBe(200);
    const result = parseConfig(stdout, "drover.yaml");
    expect("config" in result && result.config.pools[0]?.scope).toBe("acme/widgets");
    const token = "config" in result ? result.config.github.credentials["simulator"] : undefined;
    const path = token?.kind === "token" && token.token.kind === "file" ? token.token.path : folder;
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  /** Asks for the repository's runners with the token of the printed configuration. */
  async function ask(text: string): Promise<number> {
    const url = /^ {2}url: (\S+)$/m.exec(text)?.[1] ?? "";
    const file = /file: (\S+) \}/.exec(text)?.[1] ?? "";
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const authorization = `Bearer ${readFileSync(file, "utf8").trim()}`;
    const path = "/api/v3/repos/acme/widgets/actions/runners";
    expect((await fetch(url + path, { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
    return (await fetch(url + path, { headers: { authorization } })).status;
  }

  test("takes the token of DROVER_SIM_TOKEN without printing it", async () => {
    const { stdout } = await drover(["sim", "--listen", "127.0.0.1:0"], {
      environment: { DROVER_SIM_TOKEN: "ghp_of_the_test_0123456789" },
      until: printed,
    });

    expect(stdout).toContain("{ token: { env: DROVER_SIM_TOKEN } }");
    expect(stdout).not.toContain("ghp_of_the_test");
  });

  test("--token-file is made once, with mode 0600, and used again", async () => {
    const args = ["sim", "--listen", "127.0.0.1:0", "--token-file", "token", "--repo", "acme/a", "--repo", "acme/b"];
    const first = await drover(args, { until: printed });
    const made = readFileSync(join(folder, "token"), "utf8");
    await drover(args, { until: printed });

    expect(first.stdout).toContain("scope: acme\n");
    expect(statSync(join(folder, "token")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "token"), "utf8")).toBe(made);
  });

  test("a repository that is named twice, in whatever case, is served once", async () => {
    const args = ["sim", "--listen", "127.0.0.1:0", "--repo", "acme/a", "--repo", "ACME/A"];
    const { stdout } = await drover(args, { until: printed });

    expect(stdout).toMatch(/serving acme\/a\.$/m);
    expect(stdout.match(/scope: .*/g)).toEqual(["scope: acme/a"]);
  });

  test("refuses to listen to other machines, with 2", async () => {
    const { code, stderr } = await drover(["sim", "--listen", "0.0.0.0:0"]);

    expect(code).toBe(2);
    expect(stderr).toContain("loopback");
  });
});

describe("drover up", () => {
  test("does not start with a wrong configuration, and shows every error", async () => {
    writeFileSync(join(folder, "drover.yaml"), "pools: [{ name: A }]\nserver: 1\n");
    const { code, stderr } = await drover(["up"]);

    expect(code).toBe(2);
    expect(stderr).toMatch(/drover\.yaml:1:11 pools\[0\]\.name: expected.*drover\.yaml:2:1 server: expected/s);
  });

  test("says which secret is missing, and what to do", async () => {
    writeFileSync(
      join(folder, "drover.yaml"),
      `github: { url: "http://127.0.0.1:9", credentials: { a: { token: { env: NOT_SET } } } }
pools: [{ name: a, scope: acme }]
runner: { minimal: true }
`,
    );
    const { code, stderr } = await drover(["up"]);

    expect(code).toBe(2);
    expect(stderr).toContain("The secret { env: NOT_SET } is missing");
    expect(stderr).not.toContain("    at ");
  });
});

test("sim-runner takes its secret from the environment or a descriptor, and says so without one", async () => {
  const { code, stderr } = await drover(["sim-runner"]);

  expect(code).toBe(1);
  expect(stderr).toContain("--jitconfig-fd");
});
