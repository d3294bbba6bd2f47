import { createPrivateKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generatedKey } from "./testing/fixed-key.ts";
import { exchangeForm } from "./testing/client-assertion.ts";
import { RunnerLab } from "./testing/runner-lab.ts";

const minute = 60;

describe("R-3 the token exchange", () => {
  test.each(["PS256", "RS256"] as const)("R-3 an assertion signed with %s gives a token for an hour", (algorithm) => {
    const runner = new RunnerLab().register("r1");

    const answer = runner.exchange(runner.assertion({ algorithm }));

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^\S{32,}$/) as string,
      token_type: "Bearer",
      expires_in: 3600,
    });
  });

  test("R-3 a forged signature is invalid_client", () => {
    const runner = new RunnerLab().register("r1");
    const forger = createPrivateKey({ key: { kty: "RSA", ...generatedKey() }, format: "jwk" });

    for (const algorithm of ["PS256", "RS256"] as const) {
      const answer = runner.exchange(runner.assertion({ key: forger, algorithm }));
      expect([answer.status, answer.body.error]).toEqual([400, "invalid_client"]);
    }
  });

  test("R-3 a signature over other claims is invalid_client", () => {
    const runner = new RunnerLab().register("r1");
    const [header, payload, signature] = runner.assertion().split(".");
    const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString()) as Record<string, unknown>;
    const changed = Buffer.from(JSON.stringify({ ...claims, jti: "another" })).toString("base64url");

    const answer = runner.exchange(`${header}.${changed}.${signature}`);

    expect([answer.status, answer.body.error]).toEqual([400, "invalid_client"]);
  });

  test("R-3 an assertion without a signature algorithm is refused", () => {
    const runner = new RunnerLab().register("r1");
    const [, payload] = runner.assertion().split(".");
    const header = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");

    expect(runner.exchange(`${header}.${payload}.`).body.error).toBe("invalid_client");
  });

  test.each([
    ["expired", { exp: -6 * minute }],
    ["not valid yet", { nbf: 6 * minute }],
  ])("R-3 an assertion that is %s beyond the skew is invalid_grant and learns the server's time", (_name, offsets) => {
    const runner = new RunnerLab().register("r1");
    const nowSeconds = runner.lab.nowMs / 1000;
    const claims = Object.fromEntries(Object.entries(offsets).map(([claim, offset]) => [claim, nowSeconds + offset]));

    const answer = runner.exchange(runner.assertion({ claims }));

    expect([answer.status, answer.body.error]).toEqual([400, "invalid_grant"]);
    expect(answer.body.error_description).toContain("Current server time is 2026-11-21T02:00:00");
  });

  test.each([
    ["expired for", { exp: -4 * minute }],
    ["ahead by", { nbf: 4 * minute }],
  ])("R-3 a clock that is four minutes off is forgiven (%s)", (_name, offsets) => {
    const runner = new RunnerLab().register("r1");
    const nowSeconds = runner.lab.nowMs / 1000;
    const claims = Object.fromEntries(Object.entries(offsets).map(([claim, offset]) => [claim, nowSeconds + offset]));

    expect(runner.exchange(runner.assertion({ claims })).status).toBe(200);
  });

  test("R-3 the audience must be the authorization URL, letter by letter", () => {
    const runner = new RunnerLab().register("r1");
    const { AuthorizationUrl } = runner.files[".credentials"].Data as { AuthorizationUrl: string };

    for (const audience of [`${AuthorizationUrl}/`, AuthorizationUrl.replace("127.0.0.1", "localhost"), ""]) {
      const answer = runner.exchange(runner.assertion({ audience }));
      expect([audience, answer.status, answer.body.error]).toEqual([audience, 400, "invalid_grant"]);
    }
  });

  test("R-3 the assertion of a deleted client is invalid_client", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1");
    lab.model.removeRunner(runner.runner);

    const answer = runner.exchange();

    expect([answer.status, answer.body.error]).toEqual([400, "invalid_client"]);
  });

  test("R-3 an assertion is good once, for as long as it would be believed", () => {
    const runner = new RunnerLab().register("r1");
    const assertion = runner.assertion({ jti: "spent" });
    expect(runner.exchange(assertion).status).toBe(200);

    for (const afterMs of [0, 5 * 60_000, 4 * 60_000]) {
      runner.lab.pass(afterMs);
      const answer = runner.exchange(assertion);
      expect([answer.status, answer.body.error]).toEqual([400, "invalid_grant"]);
    }
  });

  test("R-3 a jti belongs to its client: another runner may use the same one", () => {
    const lab = new RunnerLab();
    const [first, second] = [lab.register("r1"), lab.register("r2")];

    expect(first.exchange(first.assertion({ jti: "same" })).status).toBe(200);
    expect(second.exchange(second.assertion({ jti: "same" })).status).toBe(200);
  });

  test("R-3 a request that is no exchange at all is 400 JSON, never another status", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1");
    const right = new URLSearchParams(exchangeForm(runner.assertion()));
    const forms: readonly Readonly<Record<string, string>>[] = [
      {},
      { ...Object.fromEntries(right), grant_type: "password" },
      { ...Object.fromEntries(right), client_assertion_type: "saml" },
      { ...Object.fromEntries(right), client_assertion: "a.b" },
      { ...Object.fromEntries(right), client_assertion: "a.b.c" },
    ];
    for (const form of forms) {
      const answer = lab.call("POST", "/oauth/token", { body: new URLSearchParams(form).toString() });
      expect(answer.status).toBe(400);
      expect(answer.headers["content-type"]).toContain("application/json");
      expect(answer.body.error).toMatch(/^(invalid_request|unsupported_grant_type)$/);
    }
  });

  test("R-3 a token ends after its hour", () => {
    const runner = new RunnerLab().register("r1").connect();
    runner.lab.pass(59 * 60_000);
    expect(runner.lab.call("POST", "/session", { token: runner.token }).status).toBe(200);

    runner.lab.pass(60_001);

    const answer = runner.lab.call("POST", "/session", { token: runner.token });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
  });
});
