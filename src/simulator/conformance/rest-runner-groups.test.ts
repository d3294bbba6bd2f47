import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bothFronts, ServiceLab } from "./service-lab.ts";

describe.each(bothFronts)("runner labels and groups over REST, %s front", (front) => {
  let lab: ServiceLab;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
  });
  afterEach(() => lab.close());

  const runner = async (name: string, labels: readonly string[], scope = "/orgs/acme") => {
    const wish = { name, runner_group_id: 1, labels };
    const made = await lab.rest("POST", `${scope}/actions/runners/generate-jitconfig`, wish);
    return made.json.runner.id as number;
  };
  const groups = "/orgs/acme/actions/runner-groups";

  test("labels are listed, added, set and taken away; GitHub's own labels stay", async () => {
    const labels = `/orgs/acme/actions/runners/${await runner("r1", ["self-hosted", "Linux", "gpu"])}/labels`;
    const namesOf = (answer: { json: { labels: { name: string }[] } }) => answer.json.labels.map(({ name }) => name);
    const listed = await lab.rest("GET", labels);
    expect(listed.json).toMatchObject({ total_count: 3, labels: [{ type: "read-only" }, {}, { type: "custom" }] });
    expect(namesOf(await lab.rest("POST", labels, { labels: ["GPU", "big"] }))).toEqual([
      "self-hosted",
      "Linux",
      "gpu",
      "big",
    ]);
    expect(namesOf(await lab.rest("PUT", labels, { labels: ["small"] }))).toEqual(["self-hosted", "Linux", "small"]);
    expect((await lab.rest("DELETE", `${labels}/linux`)).status, "a system label").toBe(422);
    expect((await lab.rest("DELETE", `${labels}/absent`)).status).toBe(404);
    expect(namesOf(await lab.rest("DELETE", `${labels}/SMALL`))).toEqual(["self-hosted", "Linux"]);
    expect((await lab.rest("POST", labels, { labels: [] })).status).toBe(422);
    await lab.rest("POST", labels, { labels: ["x"] });
    expect(namesOf(await lab.rest("DELETE", labels))).toEqual(["self-hosted", "Linux"]);
    expect((await lab.rest("GET", "/orgs/acme/actions/runners/999/labels")).status).toBe(404);
  });

  test("a waiting job reaches a runner as soon as the runner has its label", async () => {
    const id = await runner("r1", ["linux"], "/repos/acme/widgets");
    lab.model.connectRunner(id);
    const job = lab.queueJob({ labels: ["gpu"] });
    expect(lab.model.offerFor(id)).toBeUndefined();
    await lab.rest("POST", `/repos/acme/widgets/actions/runners/${id}/labels`, { labels: ["gpu"] });
    expect(lab.model.offerFor(id)?.spec.jobId).toBe(job.spec.jobId);
  });

  test("a group is made, read, renamed, filled and deleted; its runners go back to the default group", async () => {
    const id = await runner("r1", ["linux"]);
    const made = await lab.rest("POST", groups, { name: "builders", visibility: "private", runners: [id] });
    expect([made.status, made.json]).toMatchObject([
      201,
      { name: "builders", visibility: "private", default: false, inherited: false, restricted_to_workflows: false },
    ]);
    const group = `${groups}/${made.json.id}`;
    expect((await lab.rest("GET", group)).json).toEqual(made.json);
    expect((await lab.rest("GET", groups)).json).toMatchObject({
      total_count: 2,
      runner_groups: [{ id: 1, default: true }, { id: made.json.id }],
    });
    expect((await lab.rest("PATCH", group, { name: "makers" })).json).toMatchObject({
      name: "makers",
      visibility: "private",
    });
    expect((await lab.rest("POST", groups, { name: "MAKERS" })).status, "the name is taken").toBe(409);
    expect((await lab.rest("POST", groups, {})).status).toBe(422);
    expect((await lab.rest("GET", `${group}/runners`)).json).toMatchObject({ total_count: 1, runners: [{ id }] });
    expect((await lab.rest("DELETE", `${group}/runners/${id}`)).status).toBe(204);
    expect((await lab.rest("GET", `${group}/runners`)).json.total_count).toBe(0);
    expect((await lab.rest("PUT", `${group}/runners`, { runners: [id] })).status).toBe(204);
    expect((await lab.rest("GET", `/orgs/acme/actions/runners/${id}`)).json.runner_group_id).toBe(made.json.id);
    expect((await lab.rest("DELETE", group)).status).toBe(204);
    expect((await lab.rest("GET", group)).status).toBe(404);
    expect((await lab.rest("GET", `/orgs/acme/actions/runners/${id}`)).json.runner_group_id).toBe(1);
    expect((await lab.rest("DELETE", `${groups}/1`)).status, "the default group").toBe(422);
    const next = await lab.rest("POST", groups, { name: "builders" });
    expect(next.json.id, "a number is not used again").toBeGreaterThan(made.json.id as number);
  });

  test("a group for selected repositories takes jobs of no other, and takes them once they are added", async () => {
    const widgets = (await lab.rest("GET", "/repos/acme/widgets")).json.id as number;
    const gadgets = (await lab.rest("GET", "/repos/acme/gadgets")).json.id as number;
    const made = await lab.rest("POST", groups, {
      name: "chosen",
      visibility: "selected",
      selected_repository_ids: [gadgets],
    });
    const group = `${groups}/${made.json.id}`;
    const client = await lab.connect("acme");
    const id = await client.scaleSet("linux", ["linux"], { runnerGroupId: made.json.id });
    const job = lab.queueJob();
    const queue = await client.session(id);
    expect(await queue.glance()).toBeUndefined();
    const visible = async (repository: string) =>
      (await lab.rest("GET", `${groups}?visible_to_repository=${repository}`)).json.total_count as number;
    expect([await visible("widgets"), await visible("gadgets")]).toEqual([1, 2]);
    expect((await lab.rest("PUT", `${group}/repositories/${widgets}`)).status).toBe(204);
    expect((await lab.rest("GET", `${group}/repositories`)).json).toMatchObject({
      total_count: 2,
      repositories: [{ full_name: "acme/gadgets" }, { full_name: "acme/widgets" }],
    });
    expect((await queue.glance())?.body).toContain(job.spec.jobId);
    expect((await lab.rest("DELETE", `${group}/repositories/${widgets}`)).status).toBe(204);
    expect(await visible("widgets")).toBe(1);
    expect((await lab.rest("PUT", `${groups}/1/repositories/${widgets}`)).status, "open to all").toBe(422);
    expect((await lab.rest("PUT", `${group}/repositories`, { selected_repository_ids: [4] })).status).toBe(422);
  });

  test("what the simulator cannot keep is refused instead of ignored", async () => {
    const restricted = await lab.rest("POST", groups, { name: "x", restricted_to_workflows: true });
    expect([restricted.status, restricted.json.message]).toEqual([
      422,
      "The simulator does not restrict runner groups to workflows.",
    ]);
    const selected = { name: "x", visibility: "selected" };
    expect((await lab.rest("POST", "/enterprises/megacorp/actions/runner-groups", selected)).status).toBe(422);
    expect((await lab.rest("POST", groups, { name: "x", visibility: "public" })).status).toBe(422);
    expect((await lab.rest("POST", "/repos/acme/widgets/actions/runner-groups", { name: "x" })).status).toBe(404);
  });

  test("the official runner's downloads are listed at each scope", async () => {
    for (const scope of ["/repos/acme/widgets", "/orgs/acme", "/enterprises/megacorp"]) {
      const answer = await lab.rest("GET", `${scope}/actions/runners/downloads`);
      expect([answer.status, answer.json.length > 3], scope).toEqual([200, true]);
      expect(answer.json).toContainEqual(expect.objectContaining({ os: "linux", architecture: "x64" }));
    }
    expect((await lab.rest("GET", "/orgs/nobody/actions/runners/downloads")).status).toBe(404);
  });
});
