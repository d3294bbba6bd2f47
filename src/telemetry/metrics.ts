import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Clock } from "../core/ports/clock.ts";
import type { ReadModel } from "../core/ports/read-model.ts";
import { registerGauges } from "./gauges.ts";
import { journalCounters } from "./journal-counters.ts";

/** Sums of gauges that stand beside them; `_total` is for counters, and `promtool check metrics` says so. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

export interface MetricsOptions {
  readonly readModel: ReadModel;
  readonly clock: Pick<Clock, "nowMs">;
  readonly version: string;
  /** Also measure this process (memory, CPU, event loop). Default true. */
  readonly processMetrics?: boolean;
}

export interface Metrics {
  /** The Prometheus text format, as of now. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
  close(): void;
}

/**
 * Drover in numbers. Gauges are read from the read model when they are asked for; counters and histograms follow the journal
 * from the moment this is made. Labels are pool, provider, phase, status, link, result and problem code: each from the
 * configuration or a fixed list, never a job's or a runner's name.
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const { readModel, clock } = options;
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics !== false) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }

  new Gauge({
    name: "drover_build_info",
    help: "Always 1; the version is in the label.",
    labelNames: ["version"],
    registers,
  }).set({ version: options.version }, 1);
  registerGauges(readModel, clock, registers);
  const count = journalCounters(readModel, registers);
  const subscription = readModel.subscribe((entry) => count.take(entry));

  return {
    async render() {
      count.settle();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    close() {
      subscription.close();
      registry.clear();
    },
  };
}
