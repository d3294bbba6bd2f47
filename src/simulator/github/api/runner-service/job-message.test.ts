import { describe, expect, test } from "vitest";
import { RunnerLab } from "./testing/runner-lab.ts";

describe("R-6 the message of a job without a workflow file", () => {
  test("R-6 it has the members that the known runners insist on, each of the right type", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob("echo one\necho two");
    runner.poll();

    const message = runner.acquire(jobId).body;
    const token = message.variables.github_token.value as string;

    expect(message).toMatchObject({
      messageType: "RunnerJobRequest",
      plan: { planType: "actions", version: 12, planId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
      jobId,
      jobDisplayName: "job-1",
      requestId: expect.any(Number) as number,
      lockedUntil: new Date(lab.nowMs + 600_000).toISOString(),
      mask: [{ type: "regex", value: token }],
      variables: {
        "system.github.token": { value: token, isSecret: true },
        "system.github.job": { value: "job-1" },
      },
      steps: [
        {
          type: "action",
          condition: "success()",
          reference: { type: "script" },
          displayNameToken: "Run echo one",
          inputs: { type: 2, map: [{ Key: "script", Value: "echo one\necho two" }] },
        },
      ],
    });
    const github = new Map(
      (message.contextData.github.d as { k: string; v: unknown }[]).map((entry) => [entry.k, entry.v]),
    );
    for (const name of ["event_name", "server_url", "api_url", "graphql_url", "workflow", "repository", "ref"]) {
      expect([name, typeof github.get(name)]).toEqual([name, "string"]);
    }
    expect(github.get("repository")).toBe("acme/widgets");
    expect(message.resources.endpoints[0]).toMatchObject({
      name: "SystemVssConnection",
      authorization: { scheme: "OAuth" },
      data: { FeedStreamUrl: "ws://127.0.0.1:4000/feed" },
    });
  });
});
