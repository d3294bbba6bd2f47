import { describe, expect, test } from "vitest";
import type { RsaPrivateJwk } from "../../model/jit/rsa-parameters.ts";
import { jitConfigIssuer } from "./jit-issuer.ts";
import { exchangeForm } from "./testing/client-assertion.ts";
import { testKey } from "./testing/fixed-key.ts";
import { origin, RunnerLab } from "./testing/runner-lab.ts";

describe("R-2 JIT configurations", () => {
  test("R-2 three files, base64 in base64, with every value a string", () => {
    const runner = new RunnerLab().register("r1", { workFolder: "" });

    expect(runner.files[".runner"]).toEqual({
      AgentId: String(runner.runner.id),
      AgentName: "r1",
      PoolId: "1",
      PoolName: "Default",
      DisableUpdate: "True",
      Ephemeral: "True",
      ServerUrl: `${origin}/`,
      ServerUrlV2: `${origin}/`,
      UseV2Flow: "True",
      GitHubUrl: `${origin}/acme/widgets`,
      WorkFolder: "_work",
    });
    expect(runner.files[".credentials"]).toEqual({
      Scheme: "OAuth",
      Data: {
        ClientId: runner.runner.clientId,
        AuthorizationUrl: `${origin}/oauth/token`,
        RequireFipsCryptography: "True",
      },
    });
    expect(Object.keys(runner.files[".credentials_rsaparams"]).sort()).toEqual(
      ["d", "dp", "dq", "exponent", "inverseQ", "modulus", "p", "q"].sort(),
    );
    expect(runner.encodedJitConfig).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  test("R-2 a configuration is good for one registration: after its runner's job it opens nothing", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    runner.poll();
    runner.take(jobId).complete();
    lab.call("DELETE", "/session", { token: runner.token });

    const again = runner.exchange();

    expect(again.status).toBe(400);
    expect(again.body.error).toBe("invalid_client");
  });

  test("R-2 a runner removed while its key was in the making gets a configuration that is dead", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1");
    let onKey: (key: RsaPrivateJwk) => void = () => undefined;
    let issued = 0;
    jitConfigIssuer(lab.services, { next: (listener) => (onKey = listener) }).issue(
      runner.runner,
      { origin, gitHubUrl: origin },
      () => (issued += 1),
    );
    lab.model.removeRunner(runner.runner);

    onKey(testKey());

    expect(issued).toBe(1);
    const answer = lab.call("POST", "/oauth/token", { body: exchangeForm(runner.assertion()) });
    expect(answer.body.error).toBe("invalid_client");
  });
});
