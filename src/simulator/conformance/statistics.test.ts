import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Runner } from "../github/model/records.ts";
import type { AdminClient, QueueClient } from "./lab-clients.ts";
import type { Answer } from "./plain-http.ts";
import { ServiceLab } from "./service-lab.ts";

/** What can happen next; the numbers choose among what there is. */
const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom("queue", "jit", "connect", "disconnect", "take", "finish", "cancel", "remove"),
    pick: fc.nat(20),
  }),
  fc.record({ kind: fc.constantFrom("poll", "ack", "reopen", "read"), pick: fc.nat(5) }),
  fc.record({ kind: fc.constant("pass"), pick: fc.constantFrom(1, 30, 75, 300, 700) }),
);
type Step = { readonly kind: string; readonly pick: number };

const names = [
  "totalAvailableJobs",
  "totalAcquiredJobs",
  "totalAssignedJobs",
  "totalRunningJobs",
  "totalRegisteredRunners",
  "totalBusyRunners",
  "totalIdleRunners",
];

describe("statistics", () => {
  test.each(["dotcom", "ghes"] as const)(
    "S-59 the invariants hold in every answer of a random run (%s)",
    async (flavour) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
          const history = await History.open(flavour);
          for (const each of steps) await history.step(each);
          await history.lab.close();
        }),
        { numRuns: 60, seed: 20261121 },
      );
    },
  );
});

/** One random run: two scale sets that share a label, their runners and their jobs. */
class History {
  readonly lab: ServiceLab;
  readonly client: AdminClient;
  readonly scaleSets: readonly number[];
  readonly #queues = new Map<number, QueueClient>();
  readonly #runners: Runner[] = [];
  #serial = 0;

  private constructor(lab: ServiceLab, client: AdminClient, scaleSets: readonly number[]) {
    this.lab = lab;
    this.client = client;
    this.scaleSets = scaleSets;
  }

  static async open(flavour: "dotcom" | "ghes"): Promise<History> {
    const lab = await ServiceLab.open({ flavour });
    const client = await lab.connect("acme");
    return new History(lab, client, [
      await client.scaleSet("one", ["linux"]),
      await client.scaleSet("two", ["linux", "gpu"]),
    ]);
  }

  async step({ kind, pick }: Step): Promise<void> {
    const { lab, client } = this;
    const scaleSetId = this.scaleSets[pick % 2] as number;
    const runner = this.#runners[pick % Math.max(1, this.#runners.length)];
    switch (kind) {
      case "queue":
        lab.queueJob(pick % 3 === 0 ? { labels: ["linux", "gpu"] } : {});
        break;
      case "jit": {
        this.#serial += 1;
        const name = `r${this.#serial}`;
        const answer = await client.post(`/runnerscalesets/${scaleSetId}/generatejitconfig`, { name });
        const registered = lab.model.runners.find(answer.json.runner.id as number);
        if (registered !== undefined) this.#runners.push(registered);
        break;
      }
      case "connect":
        if (runner !== undefined && runner.phase.kind !== "gone") lab.model.connectRunner(runner.id);
        break;
      case "disconnect":
        if (runner !== undefined) lab.model.disconnectRunner(runner.id);
        break;
      case "take":
        if (runner?.offered !== undefined) lab.take(runner);
        break;
      case "finish":
        if (runner?.phase.kind === "busy") {
          lab.model.finishJob(runner.phase.job.spec.jobId, { conclusion: pick % 2 === 0 ? "success" : "failure" });
        }
        break;
      case "cancel": {
        const jobs = [...lab.model.jobs.all()];
        const job = jobs[pick % Math.max(1, jobs.length)];
        if (job !== undefined) lab.model.cancelJob(job.spec.jobId);
        break;
      }
      case "remove":
        if (runner !== undefined) await client.call("DELETE", `/_apis/distributedtask/pools/0/agents/${runner.id}`);
        break;
      case "poll":
      case "ack":
        await this.#poll(scaleSetId, pick, kind === "ack");
        break;
      case "reopen": {
        const queue = this.#queues.get(scaleSetId);
        this.#queues.delete(scaleSetId);
        if (queue !== undefined) await client.call("DELETE", queue.sessionPath);
        break;
      }
      case "read":
        check(await client.get(`/runnerscalesets/${scaleSetId}`));
        break;
      case "pass":
        lab.pass(pick * 1000);
        break;
      default:
        throw new Error(`no step is called ${kind}`);
    }
    this.#compareWithTruth();
  }

  async #poll(scaleSetId: number, capacity: number, acknowledges: boolean): Promise<void> {
    this.client.token = (await this.lab.connect("acme")).token;
    let queue = this.#queues.get(scaleSetId);
    if (queue === undefined) {
      const created = await this.client.post(`/runnerscalesets/${scaleSetId}/sessions`, { ownerName: "host" });
      if (created.status !== 200) return;
      queue = await this.#reopened(scaleSetId, created);
    }
    const answer = await queue.glance({ capacity });
    if (answer?.status === 401) this.#queues.delete(scaleSetId);
    if (answer?.status !== 200) return;
    check(answer);
    const offered = (
      JSON.parse(answer.json.body as string) as { messageType: string; runnerRequestId: number }[]
    ).filter((message) => message.messageType === "JobAvailable");
    if (offered.length > 0) await queue.acquire(offered.map((message) => message.runnerRequestId));
    if (acknowledges) await queue.ack(answer.json.messageId as number);
  }

  async #reopened(scaleSetId: number, created: Answer): Promise<QueueClient> {
    await this.client.call("DELETE", `/runnerscalesets/${scaleSetId}/sessions/${created.json.sessionId}`);
    const queue = await this.client.session(scaleSetId);
    this.#queues.set(scaleSetId, queue);
    return queue;
  }

  /** The counters are kept along the way; here they are counted afresh from the records. */
  #compareWithTruth(): void {
    for (const id of this.scaleSets) {
      const scaleSet = this.lab.model.scaleSets.get(id);
      const jobs = [...this.lab.model.jobs.all()].map((job) => job.phase);
      const runners = [...scaleSet.runners.values()];
      const mine = jobs.filter(
        (phase) => (phase.kind === "assigned" || phase.kind === "running") && phase.scaleSet === scaleSet,
      );
      expect(scaleSet.statistics()).toMatchObject({
        totalAssignedJobs: mine.length,
        totalRunningJobs: mine.filter((phase) => phase.kind === "running").length,
        totalRegisteredRunners: runners.length,
        totalBusyRunners: runners.filter((each) => each.phase.kind === "busy").length,
        totalIdleRunners: runners.filter((each) => each.phase.kind === "online").length,
      });
    }
  }
}

function check(answer: Answer): void {
  const { statistics } = answer.json;
  expect(Object.keys(statistics as object)).toEqual(names);
  for (const name of names) expect(Number.isInteger(statistics[name]) && statistics[name] >= 0, name).toBe(true);
  expect(statistics.totalRunningJobs).toBeLessThanOrEqual(statistics.totalAssignedJobs as number);
  expect(statistics.totalBusyRunners + statistics.totalIdleRunners).toBeLessThanOrEqual(
    statistics.totalRegisteredRunners as number,
  );
}
