import type { Clock } from "../src/core/ports/clock.ts";
import type { Provider } from "../src/core/ports/provider.ts";
import type { Transport } from "../src/core/ports/transport.ts";
import { parseRunnerName } from "../src/core/runner/name.ts";
import { createScaleSetPool } from "../src/demand/scale-set/index.ts";
import { Engine } from "../src/engine/engine.ts";
import { GitHubAccess } from "../src/github/access.ts";
import { createMemoryJournal } from "../src/journal/memory/memory-journal.ts";
import { systemRandom } from "../src/system/system-random.ts";

export const poolName = "bench";
export const installation = "bench";

/** The production engine with one pool against a simulator; the benchmark brings its own transport and provider to time them. */
export function poolUnderTest(parts: {
  readonly url: string;
  readonly token: string;
  readonly transport: Transport;
  readonly provider: Provider;
  readonly clock: Clock;
  readonly max: number;
}): { readonly engine: Engine; readonly github: ReturnType<GitHubAccess["at"]> } {
  const { clock, provider, max } = parts;
  const github = new GitHubAccess({
    githubUrl: parts.url,
    forceGhes: false,
    credentials: { bench: { kind: "token", token: parts.token } },
    transport: parts.transport,
    clock,
    version: "bench",
  }).at("acme/widgets", "bench");
  const engine = new Engine({
    installation,
    clock,
    random: systemRandom,
    journal: createMemoryJournal(),
    providers: [provider],
    pools: [
      {
        options: {
          name: poolName,
          scope: "acme/widgets",
          labels: [poolName],
          demandKind: "scale-set",
          minIdle: 0,
          max,
          idleGraceMs: 0,
          deadlines: { bootMs: 600_000, jobMs: 21_600_000, confirmMs: 60_000 },
          drainMs: 0,
          onStop: "keep",
          retries: { attempts: 5, perHour: 20 },
          placements: [{ provider: provider.name, max }],
        },
        ports: createScaleSetPool({
          client: github.client,
          wish: { name: poolName, labels: [poolName], runnerGroup: "Default" },
          scopeRunners: github.runners,
          isOurs: (runner) => parseRunnerName(runner, installation)?.pool === poolName,
          ownerName: "bench",
          clock,
        }),
      },
    ],
  });
  return { engine, github };
}

/** Queues one job at the simulator. */
export async function queueJob(url: string): Promise<void> {
  const response = await fetch(`${url}/_drover/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ repository: "acme/widgets", labels: [poolName], durationMs: 1 }),
  });
  if (!response.ok) throw new Error(`the simulator refused a job: ${response.status} ${await response.text()}`);
}

/** Queues many jobs with one push: a workflow with two matrices, because one holds at most 256 jobs. */
export async function queueJobs(url: string, count: number): Promise<void> {
  const half = Math.ceil(count / 2);
  const job = (name: string, from: number, to: number) =>
    `  ${name}:\n    runs-on: ${poolName}\n    strategy: { matrix: { n: [${Array.from({ length: to - from }, (_, index) => from + index).join(", ")}] } }\n    steps: [{ run: "true" }]\n`;
  const text = `on: push\njobs:\n${job("one", 0, half)}${job("other", half, count)}`;
  const response = await fetch(`${url}/_drover/push`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ event: "push", files: [{ path: ".github/workflows/burst.yml", text }] }),
  });
  if (!response.ok) throw new Error(`the simulator refused the push: ${response.status} ${await response.text()}`);
}

/** Waits until `isTrue`, looking often; a benchmark that never gets there ends with an error. */
export async function until(isTrue: () => boolean, what: string, patienceMs = 120_000): Promise<void> {
  const startedAtMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startedAtMs > patienceMs) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
