import { Gauge, type Registry } from "prom-client";
import type { Clock } from "../core/ports/clock.ts";
import type { ReadModel } from "../core/ports/read-model.ts";

const phases = ["starting", "idle", "busy", "ending"] as const;
const statuses = ["available", "assigned", "running"] as const;
const maxProblemSeries = 200;

/** The read model as gauges, read anew each time somebody asks. */
export function registerGauges(readModel: ReadModel, clock: Pick<Clock, "nowMs">, registers: Registry[]): void {
  const gauge = <const Names extends readonly string[]>(
    name: string,
    help: string,
    labelNames: Names,
    read: (set: (labels: Record<Names[number], string>, value: number) => void) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset();
        read((labels, value) => this.set(labels, value));
      },
    });

  gauge("drover_ready", "1 once every pool has observed its world.", [], (set) =>
    set({}, readModel.overview().ready ? 1 : 0),
  );
  gauge("drover_problems", "What is wrong now, by pool and code.", ["pool", "code"], (set) => {
    const counts = new Map<string, { pool: string; code: string; n: number }>();
    for (const { pool = "", code } of readModel.overview().problems.slice(0, maxProblemSeries)) {
      const key = `${pool} ${code}`;
      counts.set(key, { pool, code, n: (counts.get(key)?.n ?? 0) + 1 });
    }
    for (const { pool, code, n } of counts.values()) set({ pool, code }, n);
  });
  gauge(
    "drover_github_rate_limit_remaining",
    "Calls that GitHub still allows before its reset.",
    ["credential", "account", "resource"],
    (set) => {
      for (const { credential, account = "", resources } of readModel.overview().budgets ?? [])
        for (const { resource, remaining } of resources) set({ credential, account, resource }, remaining);
    },
  );
  gauge("drover_runners", "Runners that exist, by phase.", ["pool", "provider", "phase"], (set) => {
    const counts = new Map<string, number>();
    for (const { pool, provider, phase } of readModel.runners()) {
      if (phase === "gone") continue;
      const key = JSON.stringify([pool, provider]);
      for (const each of phases) {
        const phaseKey = `${key} ${each}`;
        counts.set(phaseKey, (counts.get(phaseKey) ?? 0) + (each === phase ? 1 : 0));
      }
    }
    for (const [key, n] of counts) {
      const split = key.lastIndexOf(" ");
      const [pool = "", provider = ""] = JSON.parse(key.slice(0, split)) as string[];
      set({ pool, provider, phase: key.slice(split + 1) }, n);
    }
  });
  gauge("drover_pool_runners", "Runners the pool counts, by phase.", ["pool", "phase"], (set) => {
    for (const { name: pool, counts } of readModel.pools())
      for (const phase of phases) set({ pool, phase }, counts[phase]);
  });
  gauge(
    "drover_pool_demand",
    "Runners asked for: counted by GitHub, named by the ledger, served.",
    ["pool", "kind"],
    (set) => {
      for (const { name: pool, demand } of readModel.pools()) {
        set({ pool, kind: "counted" }, demand.counted);
        set({ pool, kind: "named" }, demand.named);
        set({ pool, kind: "served" }, demand.served);
      }
    },
  );
  gauge("drover_pool_demand_age_seconds", "Since the demand source was last heard.", ["pool"], (set) => {
    for (const { name: pool, demand } of readModel.pools())
      if (demand.observedAtMs !== undefined) set({ pool }, Math.max(0, clock.nowMs() - demand.observedAtMs) / 1000);
  });
  gauge("drover_pool_capacity", "Unfinished jobs the pool can hold now, as GitHub is told.", ["pool"], (set) => {
    for (const pool of readModel.pools()) set({ pool: pool.name }, pool.capacity);
  });
  gauge("drover_pool_wanted", "Runners the pool wants now.", ["pool"], (set) => {
    for (const pool of readModel.pools()) set({ pool: pool.name }, pool.wanted);
  });
  gauge("drover_pool_size_max", "The pool's upper limit.", ["pool"], (set) => {
    for (const pool of readModel.pools()) set({ pool: pool.name }, pool.size.max);
  });
  gauge("drover_pool_size_min_idle", "Idle runners the pool keeps on top of demand.", ["pool"], (set) => {
    for (const pool of readModel.pools()) set({ pool: pool.name }, pool.size.minIdle);
  });
  gauge("drover_pool_held", "1 while launches wait (back-off, budget, full provider).", ["pool"], (set) => {
    for (const pool of readModel.pools()) set({ pool: pool.name }, pool.hold === undefined ? 0 : 1);
  });
  gauge("drover_pool_source_connected", "1 while the demand source is connected.", ["pool"], (set) => {
    for (const pool of readModel.pools()) set({ pool: pool.name }, pool.source.state === "connected" ? 1 : 0);
  });
  gauge("drover_jobs", "Unfinished jobs the ledger knows, by status.", ["pool", "status"], (set) => {
    const counts = new Map<string, number>(
      readModel.pools().flatMap(({ name }) => statuses.map((status) => [JSON.stringify([name, status]), 0] as const)),
    );
    for (const { pool, status } of readModel.jobs()) {
      if (status === "completed") continue;
      const key = JSON.stringify([pool, status]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, n] of counts) {
      const [pool = "", status = ""] = JSON.parse(key) as string[];
      set({ pool, status }, n);
    }
  });
}
