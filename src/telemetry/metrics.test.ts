import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { FakeReadModel, jobView, poolView, runnerView } from "../../test/fakes/read-model.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

let metrics: Metrics | undefined;
afterEach(() => metrics?.close());

function measure(readModel: FakeReadModel, nowMs = 10_000) {
  metrics = createMetrics({ readModel, clock: { nowMs: () => nowMs }, version: "1.2.3", processMetrics: false });
  return async () => {
    const { body } = (await metrics?.render()) ?? { body: "" };
    return body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  };
}

describe("gauges show the read model as it is when asked", () => {
  test("runners by phase, by pool and provider; gone ones do not count, and a phase that emptied reads 0", async () => {
    const model = new FakeReadModel();
    model.runnerViews = [
      runnerView({ name: "a", phase: "busy" }),
      runnerView({ name: "b", phase: "busy" }),
      runnerView({ name: "c", phase: "gone" }),
      runnerView({ name: "d", phase: "starting", provider: "cluster" }),
    ];
    const lines = measure(model);

    expect(await lines()).toContain('drover_runners{pool="linux",provider="host",phase="busy"} 2');
    expect(await lines()).toContain('drover_runners{pool="linux",provider="cluster",phase="starting"} 1');

    model.runnerViews = [runnerView({ name: "a", phase: "idle" })];
    expect(await lines()).toContain('drover_runners{pool="linux",provider="host",phase="busy"} 0');
    expect((await lines()).join("\n")).not.toContain("cluster");
  });

  test("demand as counted, named and served, its age, capacity, limits and hold", async () => {
    const model = new FakeReadModel();
    model.poolViews = [poolView({ hold: { reason: "back-off", untilMs: 20_000 } })];
    const lines = await measure(model)();

    expect(lines).toContain('drover_pool_demand{pool="linux",kind="counted"} 3');
    expect(lines).toContain('drover_pool_demand{pool="linux",kind="named"} 2');
    expect(lines).toContain('drover_pool_demand{pool="linux",kind="served"} 3');
    expect(lines).toContain('drover_pool_demand_age_seconds{pool="linux"} 9');
    expect(lines).toContain('drover_pool_capacity{pool="linux"} 4');
    expect(lines).toContain('drover_pool_size_max{pool="linux"} 4');
    expect(lines).toContain('drover_pool_held{pool="linux"} 1');
    expect(lines).toContain('drover_pool_source_connected{pool="linux"} 1');
  });

  test("what GitHub's rate limits leave, by credential", async () => {
    const model = new FakeReadModel();
    const core = { resource: "core", limit: 5_000, remaining: 17, resetAtMs: 1 };
    model.view = { ...model.view, budgets: [{ credential: "acme", account: "acme", resources: [core], waiting: 0 }] };

    expect(await measure(model)()).toContain(
      'drover_github_rate_limit_remaining{credential="acme",account="acme",resource="core"} 17',
    );
  });

  test("problems by pool and code, and unfinished jobs by status", async () => {
    const model = new FakeReadModel();
    model.poolViews = [poolView()];
    model.jobViews = [jobView({ id: "1", status: "assigned" }), jobView({ id: "2", status: "completed" })];
    model.view = { ...model.view, problems: [{ pool: "linux", code: "session-conflict", message: "m", sinceMs: 0 }] };
    const lines = await measure(model)();

    expect(lines).toContain('drover_problems{pool="linux",code="session-conflict"} 1');
    expect(lines).toContain('drover_jobs{pool="linux",status="assigned"} 1');
    expect(lines).toContain('drover_jobs{pool="linux",status="running"} 0');
  });
});

describe("counters and histograms follow the journal", () => {
  test("each link is measured from the link before it, of the same job or the same runner", async () => {
    const model = new FakeReadModel();
    const lines = measure(model);
    model.record({ kind: "seen", job: "j", atMs: 1000 });
    model.record({ kind: "reserved", runner: "r", atMs: 1100 });
    model.record({ kind: "created", runner: "r", atMs: 1400 });
    model.record({ kind: "started", job: "j", runner: "r", atMs: 3400 });

    const text = await lines();
    expect(text).toContain('drover_link_seconds_sum{pool="linux",link="created"} 0.3');
    expect(text).toContain('drover_link_seconds_sum{pool="linux",link="started"} 2');
    expect(text).toContain('drover_launches_total{pool="linux",result="created"} 1');
  });

  test("queued to started uses GitHub's own times, and a job's end its result", async () => {
    const model = new FakeReadModel();
    const lines = measure(model);
    model.jobViews = [
      jobView({ id: "j", status: "completed", result: "succeeded", queuedAtMs: 2000, startedAtMs: 5000 }),
      jobView({ id: "k", status: "completed", result: "Something-New" }),
    ];
    model.record({ kind: "started", job: "j", runner: "r", atMs: 9000 });
    model.record({ kind: "finished", job: "j", runner: "r", atMs: 9500 });
    model.record({ kind: "finished", job: "k", atMs: 9500 });
    model.record({ kind: "finished", job: "forgotten", atMs: 9500 });

    const text = await lines();
    expect(text).toContain('drover_job_queued_to_started_seconds_sum{pool="linux"} 3');
    expect(text).toContain('drover_jobs_finished_total{pool="linux",result="succeeded"} 1');
    expect(text).toContain('drover_jobs_finished_total{pool="linux",result="other"} 1');
    expect(text).toContain('drover_jobs_finished_total{pool="linux",result="unknown"} 1');
  });

  test("failed launches, endings and session conflicts are counted", async () => {
    const model = new FakeReadModel();
    const lines = measure(model);
    model.record({ kind: "ending-launch-failed", runner: "r", reason: "no fork" });
    model.record({ kind: "ending-finished", runner: "s" });
    model.record({ kind: "session-conflict" });

    const text = await lines();
    expect(text).toContain('drover_launches_total{pool="linux",result="failed"} 1');
    expect(text).toContain('drover_runner_endings_total{pool="linux",reason="finished"} 1');
    expect(text).toContain('drover_session_conflicts_total{pool="linux"} 1');
  });

  test("no label ever carries a job's or a runner's name", async () => {
    const model = new FakeReadModel();
    const lines = measure(model);
    model.jobViews = [jobView({ id: "job-canary", name: "name-canary" })];
    model.runnerViews = [runnerView({ name: "runner-canary" })];
    for (const kind of ["seen", "reserved", "created", "started", "finished", "cleaned"])
      model.record({ kind, job: "job-canary", runner: "runner-canary" });

    expect((await lines()).join("\n")).not.toContain("canary");
  });

  test("closing stops listening to the journal", () => {
    const model = new FakeReadModel();
    measure(model);
    metrics?.close();

    expect(model.listenerCount).toBe(0);
  });
});

test("the reference names every metric", async () => {
  measure(new FakeReadModel());
  const { body } = (await metrics?.render()) ?? { body: "" };
  const names = [...body.matchAll(/^# HELP (drover_\w+)/gm)].map((match) => match[1] ?? "");
  const page = readFileSync(new URL("../../docs/reference/http-api.md", import.meta.url), "utf8");

  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test("only counters end in _total, the process's own metrics included", async () => {
  metrics = createMetrics({ readModel: new FakeReadModel(), clock: { nowMs: () => 0 }, version: "1.2.3" });
  const { body } = await metrics.render();
  const totals = [...body.matchAll(/^# TYPE (\S+_total) (\S+)$/gm)];

  expect(totals.length).toBeGreaterThan(0);
  for (const [, name, type] of totals) expect(`${name} ${type}`).toBe(`${name} counter`);
});
