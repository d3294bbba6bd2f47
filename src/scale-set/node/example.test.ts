import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sessionId, statistics } from "../../../test/scale-set/client-setup.ts";
import { jwt } from "../../../test/scale-set/scripted-transport.ts";

const example = join(import.meta.dirname, "example.ts");

test("the README shows the example as it is, and it has at most 40 lines", () => {
  const code = readFileSync(example, "utf8").replaceAll('"../index.ts"', '"drover/scale-set"');
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

  expect(code.trim().split("\n").length).toBeLessThanOrEqual(40);
  expect(readme).toContain(`\`\`\`ts\n${code}\`\`\``);
});

test("the example makes its scale set, starts a runner for an assigned job, and gives its session back", async () => {
  const calls: string[] = [];
  const assigned = { ...statistics, totalAssignedJobs: 1 };
  let polls = 0;
  const server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const origin = `http://${request.headers.host}`;
    const call = `${method} ${url.split("?")[0]}`;
    calls.push(call);
    if (url.endsWith("/registration-token")) return json(response, 201, { token: "rt" });
    if (url.endsWith("/runner-registration")) {
      return json(response, 200, { url: origin, token: jwt(Date.now() + 3_600_000) });
    }
    if (method === "DELETE") return response.writeHead(204).end();
    if (url.startsWith("/queue")) {
      polls += 1;
      const message = { messageId: 1, messageType: "RunnerScaleSetJobMessages", body: "", statistics: assigned };
      // The second poll is held until the example ends.
      return polls === 1 ? json(response, 200, message) : undefined;
    }
    if (url.includes("/sessions")) {
      const queue = { messageQueueUrl: `${origin}/queue`, messageQueueAccessToken: "qt" };
      return json(response, 200, { sessionId, ...queue, statistics });
    }
    if (url.includes("generatejitconfig")) return json(response, 200, { runner: { id: 9 }, encodedJITConfig: "e30=" });
    return method === "GET" ? json(response, 200, { count: 0, value: [] }) : json(response, 200, { id: 7 });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "drover-example-"));
  const runner = join(folder, "run.sh");
  writeFileSync(runner, '#!/bin/sh\necho "runner with $ACTIONS_RUNNER_INPUT_JITCONFIG and token <$GITHUB_TOKEN>"\n');
  chmodSync(runner, 0o755);
  let child: ChildProcess | undefined;
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { PATH: process.env["PATH"], GITHUB_URL: `${origin}/acme`, GITHUB_TOKEN: "ghp_1" };
    const started = spawn(process.execPath, [example, runner], { env, stdio: ["ignore", "pipe", "inherit"] });
    child = started;
    let output = "";
    started.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes("\n")) started.kill("SIGINT");
    });
    const code = await new Promise((resolve) => started.once("close", resolve));

    expect(output).toBe("runner with e30= and token <>\n");
    expect(code).toBe(0);
    expect(calls).toContain("DELETE /queue/1");
    expect(calls.at(-1)).toBe(`DELETE /_apis/runtime/runnerscalesets/7/sessions/${sessionId}`);
  } finally {
    child?.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
});

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
