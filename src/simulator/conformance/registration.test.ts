import { createSign, generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bothFronts, ServiceLab } from "./service-lab.ts";

const appKey = generateKeyPairSync("rsa", { modulusLength: 2048 });
const strangerKey = generateKeyPairSync("rsa", { modulusLength: 2048 });

function assertion(claims: Record<string, unknown>, key = appKey.privateKey): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${head}.${createSign("sha256").update(head).sign(key).toString("base64url")}`;
}

describe.each(bothFronts)("registration and token exchange over the %s front", (front) => {
  let lab: ServiceLab;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
  });
  afterEach(() => lab.close());

  const exchange = (token: string | undefined, url: string, scheme = "RemoteAuth") =>
    lab.send(
      "POST",
      `${lab.url}/api/v3/actions/runner-registration`,
      token === undefined ? {} : { authorization: `${scheme} ${token}` },
      `${JSON.stringify({ url, runner_event: "register" })}\n`,
    );
  const registrationToken = async (scope: string) =>
    (await lab.rest("POST", `/${scope}/actions/runners/registration-token`)).json.token as string;

  test("S-01 an organization's config URL is exchanged for a service URL and an admin token under /api/v3", async () => {
    const client = await lab.connect("acme");
    expect(client.serviceUrl).toBe(`${lab.url}/rest`);
    expect((await client.get("/runnerscalesets")).json).toEqual({ count: 0, value: [] });
  });

  test("S-02 each kind of scope has its own token path, and a path of another kind gives 404", async () => {
    for (const scope of ["orgs/acme", "repos/acme/widgets", "enterprises/megacorp"]) {
      expect((await lab.rest("POST", `/${scope}/actions/runners/registration-token`)).status, scope).toBe(201);
    }
    for (const scope of ["orgs/megacorp", "repos/acme/nothing", "enterprises/acme", "repos/megacorp/widgets"]) {
      const refused = await lab.rest("POST", `/${scope}/actions/runners/registration-token`);
      expect(refused.status, scope).toBe(404);
      expect(refused.json.message).toBe("Not Found");
    }
  });

  test("S-03 a registration token comes with 201, a token and its expiry", async () => {
    const answer = await lab.rest("POST", "/orgs/acme/actions/runners/registration-token");
    expect(answer.status).toBe(201);
    expect(answer.json.token).toMatch(/^\S{20,}$/);
    expect(answer.json.expires_at).toBe("2026-11-21T13:00:00Z");
    expect(
      (
        await lab.rest("POST", "/orgs/acme/actions/runners/registration-token", undefined, {
          authorization: "Bearer wrong",
        })
      ).status,
    ).toBe(401);
    expect((await lab.send("POST", `${lab.url}/api/v3/orgs/acme/actions/runners/registration-token`, {})).status).toBe(
      401,
    );
  });

  test("S-03 a token that may use one repository may not register at its organization", async () => {
    lab.model.credentials.addPersonalToken("ghp_narrow", [
      { kind: "repository", owner: "acme", repository: "widgets" },
    ]);
    const as = { authorization: "Bearer ghp_narrow" };
    expect(
      (await lab.rest("POST", "/repos/acme/widgets/actions/runners/registration-token", undefined, as)).status,
    ).toBe(201);
    expect((await lab.rest("POST", "/orgs/acme/actions/runners/registration-token", undefined, as)).status).toBe(403);
  });

  test("S-04 an App's assertion is verified: signature, issuer and times", async () => {
    const app = lab.model.credentials.addApp({
      id: 99,
      clientId: "Iv1.lab",
      slug: "lab",
      pem: appKey.publicKey.export({ type: "spki", format: "pem" }) as string,
    });
    lab.model.credentials.addInstallation({ id: 4711, app, account: "acme" });
    const nowS = lab.clock.nowMs() / 1000;
    const mint = (bearer: string) =>
      lab.send("POST", `${lab.url}/api/v3/app/installations/4711/access_tokens`, { authorization: `Bearer ${bearer}` });
    const good = { iss: "Iv1.lab", exp: nowS + 480, iat: nowS - 60 };

    const answer = await mint(assertion(good));
    expect(answer.status).toBe(201);
    expect(answer.json.expires_at).toBe("2026-11-21T13:00:00Z");
    expect((await mint(assertion({ ...good, iss: "99" }))).status, "the App's number names it too").toBe(201);
    expect((await mint(assertion(good, strangerKey.privateKey))).status, "wrong key").toBe(401);
    expect((await mint(assertion({ ...good, exp: nowS - 1 }))).status, "expired").toBe(401);
    expect((await mint(assertion({ ...good, iat: nowS, exp: nowS + 601 }))).status, "valid for too long").toBe(401);
    expect((await mint(assertion({ ...good, iat: nowS + 120 }))).status, "issued in the future").toBe(401);
    expect((await mint(assertion({ ...good, iat: nowS - 3600 }))).status, "issued an hour ago").toBe(401);
    expect((await mint(assertion({ ...good, iss: "Iv1.other" }))).status, "unknown App").toBe(401);
    expect((await mint("no.jwt.atall")).status).toBe(401);

    const as = { authorization: `Bearer ${answer.json.token}` };
    expect((await lab.rest("POST", "/orgs/acme/actions/runners/registration-token", undefined, as)).status).toBe(201);
    expect(
      (await lab.rest("POST", "/repos/other/things/actions/runners/registration-token", undefined, as)).status,
    ).toBe(403);
    lab.pass(3_600_000);
    expect((await lab.rest("POST", "/orgs/acme/actions/runners/registration-token", undefined, as)).status).toBe(401);
  });

  test("S-04 installation tokens come in both of GitHub's forms, and both work", async () => {
    const app = lab.model.credentials.addApp({
      id: 99,
      clientId: "Iv1.lab",
      slug: "lab",
      pem: appKey.publicKey.export({ type: "spki", format: "pem" }) as string,
    });
    const installation = { id: 4711, app, account: "acme" };
    const short = lab.model.credentials.mintInstallationToken(installation).token;
    const long = lab.model.credentials.mintInstallationToken(installation).token;
    expect(short).toMatch(/^ghs_[0-9a-f]{36}$/);
    expect(long).toMatch(/^ghs_99_[^.]+\.[^.]+\.[^.]+$/);
    for (const token of [short, long]) {
      const answer = await lab.rest("GET", "/repos/acme/widgets", undefined, { authorization: `Bearer ${token}` });
      expect(answer.status).toBe(200);
    }
  });

  test("S-05 the exchange takes a registration token as RemoteAuth and nothing else", async () => {
    const token = await registrationToken("orgs/acme");
    const url = `${lab.url}/acme`;
    expect((await exchange(token, url, "Bearer")).status).toBe(401);
    expect((await exchange(undefined, url)).status).toBe(401);
    expect((await exchange("wrong", url)).status).toBe(401);
    expect((await exchange(token, `${lab.url}/other`)).status, "made for another scope").toBe(403);
    expect((await exchange(token, url)).status).toBe(200);
    expect((await exchange(token, url)).status, "reusable until it expires").toBe(200);
    lab.pass(3_600_000);
    expect((await exchange(token, url)).status, "expired").toBe(401);
  });

  test("S-06 the exchange accepts the trailing newline and answers url, token, token_schema", async () => {
    const answer = await exchange(await registrationToken("repos/acme/widgets"), `${lab.url}/acme/widgets/`);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      url: `${lab.url}/rest`,
      token: expect.stringMatching(/^\S+$/),
      token_schema: "OAuthAccessToken",
      use_v2_flow: true,
    });
  });

  test("S-07 the admin token is a JWT with an algorithm and an integer expiry one hour ahead", async () => {
    const { token } = await lab.connect("acme");
    const parts = token.split(".");
    expect(parts).toHaveLength(3);
    expect(token).not.toContain("=");
    expect(JSON.parse(Buffer.from(parts[0] ?? "", "base64url").toString())).toEqual({ alg: "HS256", typ: "JWT" });
    const claims = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString()) as { exp: number };
    expect(claims.exp).toBe(lab.clock.nowMs() / 1000 + 3600);
  });

  test("S-08 a registration token that is not valid yet is refused twice and then accepted", async () => {
    await lab.control("POST", "/faults", { fault: "registrationTokenNotYetValid", count: 2 });
    const token = await registrationToken("orgs/acme");
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) statuses.push((await exchange(token, `${lab.url}/acme`)).status);
    expect(statuses).toEqual([401, 401, 200]);
  });

  test("S-09 REST paths answer without the /api/v3 prefix too", async () => {
    const headers = { authorization: `Bearer ${lab.token}` };
    const answer = await lab.send("POST", `${lab.url}/orgs/acme/actions/runners/registration-token`, headers);
    expect(answer.status).toBe(201);
  });

  test("S-10 an unknown installation gives 404, and so does one of another App", async () => {
    const pem = appKey.publicKey.export({ type: "spki", format: "pem" }) as string;
    lab.model.credentials.addApp({ id: 99, clientId: "Iv1.lab", slug: "lab", pem });
    const other = lab.model.credentials.addApp({ id: 100, clientId: "Iv1.other", slug: "other", pem });
    lab.model.credentials.addInstallation({ id: 4712, app: other, account: "acme" });
    const nowS = lab.clock.nowMs() / 1000;
    const authorization = `Bearer ${assertion({ iss: "Iv1.lab", exp: nowS + 480, iat: nowS - 60 })}`;
    for (const id of [4711, 4712]) {
      const answer = await lab.send("POST", `${lab.url}/api/v3/app/installations/${id}/access_tokens`, {
        authorization,
      });
      expect(answer.status).toBe(404);
    }
  });
});
