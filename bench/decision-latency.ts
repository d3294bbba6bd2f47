import type { Instance, Provider } from "../src/core/ports/provider.ts";
import type { Transport } from "../src/core/ports/transport.ts";
import { NodeTransport } from "../src/scale-set/node/transport.ts";
import { startSimulator } from "../src/simulator/index.ts";
import { systemClock } from "../src/system/system-clock.ts";
import { percentile } from "./percentile.ts";
import { poolUnderTest, queueJob, until } from "./pool-under-test.ts";

export interface DecisionLatency {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/**
 * From the moment a message is in our hands to the moment the provider is asked, less the JIT call in between: what Drover itself
 * adds to a job's wait. One job at a time, over real loopback sockets.
 */
export async function measureDecisionLatency(samples: number): Promise<DecisionLatency> {
  const simulator = await startSimulator({});
  const wire = new NodeTransport();
  let deliveredAtMs = 0;
  let jitMs = 0;
  const transport: Transport = {
    async send(request, options) {
      const beganAtMs = performance.now();
      const response = await wire.send(request, options);
      if (request.url.includes("/generatejitconfig")) jitMs = performance.now() - beganAtMs;
      else if (request.url.includes("/scalesets/message") && response.status === 200 && request.method === "GET") {
        deliveredAtMs = performance.now();
      }
      return response;
    },
  };
  const latencies: number[] = [];
  const instances = new Map<string, Instance>();
  const provider: Provider = {
    name: "bench",
    launch: (spec) => {
      latencies.push(performance.now() - deliveredAtMs - jitMs);
      const { installation, pool, runner } = spec;
      instances.set(runner, { installation, pool, runner, launchedAtMs: Date.now(), phase: "running" });
      return Promise.resolve();
    },
    stop: (runner) => Promise.resolve(void instances.delete(runner)),
    listOwned: () => Promise.resolve([...instances.values()]),
    readLog: () => Promise.resolve(undefined),
    watch: () => ({ close: () => undefined }),
  };
  const { engine } = poolUnderTest({
    url: simulator.url,
    token: simulator.token,
    transport,
    provider,
    clock: systemClock,
    max: samples + 10,
  });
  try {
    engine.start();
    await until(() => simulator.model.parkedPollCount === 1, "the first poll");
    for (let sample = 1; sample <= samples; sample += 1) {
      await queueJob(simulator.url);
      await until(() => latencies.length >= sample, `launch ${sample}`);
      await until(() => simulator.model.parkedPollCount === 1, "the next poll");
    }
  } finally {
    await engine.stopNow();
    await simulator.close();
    await wire.close();
  }
  return { samples, p50Ms: percentile(latencies, 0.5), p95Ms: percentile(latencies, 0.95) };
}
