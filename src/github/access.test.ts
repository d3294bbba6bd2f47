import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { answer, never, ScriptedTransport } from "../../test/scale-set/scripted-transport.ts";
import { VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import { GitHubAccess, type UsableCredential } from "./access.ts";

/** GitHub whose hourly limit is spent at the account `spent`, and nowhere else. */
function access(credential: UsableCredential) {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport(({ url }) => {
    if (url.endsWith("/installation")) return answer(200, { id: 7 });
    if (url.endsWith("/access_tokens")) {
      return answer(201, { token: "ghs_1", expires_at: new Date(clock.nowMs() + 3_600_000).toISOString() });
    }
    const limits = {
      "x-ratelimit-limit": "5000",
      "x-ratelimit-remaining": url.includes("/spent/") ? "0" : "4000",
      "x-ratelimit-reset": String(clock.nowMs() / 1000 + 1800),
    };
    return answer(200, { total_count: 0, runners: [] }, limits);
  });
  const github = new GitHubAccess({
    githubUrl: "https://github.com",
    forceGhes: false,
    credentials: { main: credential },
    transport,
    clock,
    version: "test",
  });
  const list = (scope: string) => github.at(scope, "main").runners.list({ signal: never });
  return { clock, list };
}

const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
}) as string;

test("an account whose limit is spent holds nobody up at the App's other accounts", async () => {
  const { clock, list } = access({ kind: "app", clientId: "Iv1.test", privateKey });
  await list("spent");
  await clock.advance(60_000);
  await expect(list("spent")).rejects.toThrow(/rate limit/);
  await expect(list("calm")).resolves.toMatchObject({ registrations: [] });
});

test("a token's calls are counted together, wherever they go", async () => {
  const { list } = access({ kind: "token", token: "ghp_test" });
  await list("spent");
  await expect(list("calm")).rejects.toThrow(/rate limit/);
});
