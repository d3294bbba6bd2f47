import { createSign, generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Answer } from "./plain-http.ts";
import { bothFronts, ServiceLab } from "./service-lab.ts";

const key = generateKeyPairSync("rsa", { modulusLength: 2048 });

describe.each(bothFronts)("GitHub Apps over REST, %s front", (front) => {
  let lab: ServiceLab;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
    const publicKey = key.publicKey.export({ type: "spki", format: "pem" });
    const added = await lab.control("POST", "/apps", { id: 7, clientId: "Iv1.lab", installationId: 42, publicKey });
    expect([added.status, added.json]).toEqual([
      201,
      { id: 7, clientId: "Iv1.lab", slug: "app-7", installationId: 42, owner: "acme" },
    ]);
  });
  afterEach(() => lab.close());

  const asApp = (): Record<string, string> => {
    const nowS = lab.clock.nowMs() / 1000;
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const head = `${encode({ alg: "RS256" })}.${encode({ iss: "Iv1.lab", iat: nowS - 60, exp: nowS + 480 })}`;
    const signature = createSign("sha256").update(head).sign(key.privateKey, "base64url");
    return { authorization: `Bearer ${head}.${signature}` };
  };
  const mint = (wish?: unknown): Promise<Answer> =>
    lab.rest("POST", "/app/installations/42/access_tokens", wish, asApp());
  const as = ({ json }: Answer) => ({ authorization: `Bearer ${json.token}` });
  const get = (path: string, headers: Record<string, string>) => lab.rest("GET", path, undefined, headers);

  test("an App is added by request, and one without a key or for an unknown owner is refused", async () => {
    const publicKey = key.publicKey.export({ type: "spki", format: "pem" });
    expect((await lab.control("POST", "/apps", { publicKey: "none" })).status).toBe(400);
    expect((await lab.control("POST", "/apps", { publicKey, owner: "nobody" })).json.error).toContain("nobody");
  });

  test("an App sees itself and finds its installation by owner of any kind", async () => {
    expect((await get("/app", asApp())).json).toMatchObject({ id: 7, slug: "app-7", events: ["workflow_job"] });
    const installation = (await get("/app/installations/42", asApp())).json;
    expect(installation).toMatchObject({ id: 42, app_id: 7, account: { login: "acme" }, suspended_at: null });
    for (const path of ["/orgs/acme", "/users/acme", "/repos/acme/widgets"]) {
      expect((await get(`${path}/installation`, asApp())).json, path).toEqual(installation);
    }
    expect((await get("/repos/acme/none/installation", asApp())).status).toBe(404);
    expect((await get("/orgs/other/installation", asApp())).status).toBe(404);
  });

  test("a token for chosen repositories reaches no others and lists only them", async () => {
    const everywhere = await mint();
    expect(everywhere.json).toMatchObject({ repository_selection: "all" });
    expect((await get("/installation/repositories", as(everywhere))).json.total_count).toBe(2);
    const narrow = await mint({ repositories: ["widgets"] });
    expect(narrow.json).toMatchObject({
      repository_selection: "selected",
      repositories: [{ full_name: "acme/widgets" }],
    });
    expect((await get("/repos/acme/widgets/actions/runners", as(narrow))).status).toBe(200);
    expect((await get("/repos/acme/gadgets/actions/runners", as(narrow))).status).toBe(404);
    expect((await get("/installation/repositories", as(narrow))).json).toMatchObject({
      total_count: 1,
      repositories: [{ full_name: "acme/widgets" }],
    });
    const { id } = (await get("/repos/acme/gadgets", {})).json;
    expect((await mint({ repository_ids: [id] })).json.repositories).toMatchObject([{ full_name: "acme/gadgets" }]);
    expect((await mint({ repositories: ["things"] })).status, "of another owner").toBe(422);
    expect((await get("/installation/repositories", {})).status, "a personal token").toBe(403);
  });

  test("a token with fewer permissions is refused where they are missing, and told what it would take", async () => {
    const reader = await mint({ permissions: { actions: "read", administration: "read" } });
    expect(reader.json.permissions).toEqual({ metadata: "read", actions: "read", administration: "read" });
    expect((await get("/repos/acme/widgets/actions/runners", as(reader))).status).toBe(200);
    const refused = await lab.rest("POST", "/repos/acme/widgets/actions/runners/registration-token", {}, as(reader));
    expect([refused.status, refused.json.message, refused.headers["x-accepted-github-permissions"]]).toEqual([
      403,
      "Resource not accessible by integration",
      "administration=write",
    ]);
    expect((await get("/orgs/acme/actions/runners", as(reader))).status).toBe(403);
    expect((await get("/repos/acme/widgets", as(reader))).status, "metadata is always read").toBe(200);
    expect((await mint({ permissions: { contents: "read" } })).status, "the App does not have it").toBe(422);
  });

  test("the tokens of one installation spend one budget", async () => {
    const first = await mint();
    const second = await mint();
    const before = Number((await get("/repos/acme/widgets", as(first))).headers["x-ratelimit-used"]);
    const after = await get("/repos/acme/widgets", as(second));
    expect(Number(after.headers["x-ratelimit-used"])).toBe(before + 1);
  });

  test("anybody may ask for the rate limit: with a token, as an App, or without saying who", async () => {
    const core = async (headers: Record<string, string>) =>
      (await lab.send("GET", `${lab.url}/api/v3/rate_limit`, headers)).json?.resources?.core?.limit as unknown;
    expect(await core({ authorization: `Bearer ${lab.token}` })).toBe(5000);
    expect(await core(asApp())).toBe(5000);
    expect(await core({})).toBe(60);
    expect((await lab.send("GET", `${lab.url}/api/v3/rate_limit`, { authorization: "Bearer wrong" })).status).toBe(401);
  });

  test("every answer names the interface's version, and a personal token hears its scopes", async () => {
    const personal = await lab.rest("GET", "/repos/acme/widgets");
    expect(personal.headers).toMatchObject({
      "x-github-media-type": "github.v3; format=json",
      "x-github-api-version-selected": "2022-11-28",
      "x-oauth-scopes": expect.stringContaining("repo") as string,
    });
    expect((await get("/repos/acme/widgets", as(await mint()))).headers["x-oauth-scopes"]).toBeUndefined();
  });

  test("an organization and its repositories are shown to whoever may use it", async () => {
    expect((await get("/orgs/acme", {})).json).toMatchObject({ login: "acme", type: "Organization" });
    expect((await get("/orgs/acme/repos", {})).json).toMatchObject([
      { full_name: "acme/widgets" },
      { full_name: "acme/gadgets" },
    ]);
    const narrow = await mint({ repositories: ["gadgets"] });
    expect((await get("/orgs/acme/repos", as(narrow))).json).toMatchObject([{ full_name: "acme/gadgets" }]);
    expect((await get("/orgs/nobody", {})).status).toBe(404);
  });
});
