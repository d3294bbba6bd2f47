import type { Kernel } from "./kernel.ts";
import { Runner, type RunnerSpec, type ScaleSet } from "./records.ts";
import { Refusal } from "./refusal.ts";
import type { Tenant } from "./tenants.ts";
import { randomGuid } from "./time-and-chance.ts";

/** Registrations, by number, name and client id. Removed ones are remembered for a while, under their number only. */
export class Runners {
  readonly #kernel: Kernel;
  readonly #byId = new Map<number, Runner>();
  readonly #gone = new Map<number, Runner>();
  readonly #byName = new Map<string, Runner>();
  readonly #byClientId = new Map<string, Runner>();
  readonly #byTenant = new Map<Tenant, Map<number, Runner>>();
  /** Online and free runners that belong to no scale set. */
  readonly looseIdle = new Set<Runner>();
  #lastId = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** @throws {Refusal} "runner-exists": the name is taken in the tenant. */
  register(tenant: Tenant, spec: RunnerSpec, scaleSet?: ScaleSet): Runner {
    if (this.#byName.has(nameKey(tenant, spec.name))) {
      throw new Refusal("runner-exists", `A runner with the name ${spec.name} already exists.`);
    }
    this.#lastId += 1;
    const runner = new Runner({
      id: this.#lastId,
      tenant,
      scaleSet,
      spec,
      clientId: randomGuid(this.#kernel.random),
      registeredAtMs: this.#kernel.nowMs(),
    });
    this.#byId.set(runner.id, runner);
    this.#byName.set(nameKey(tenant, spec.name), runner);
    this.#byClientId.set(runner.clientId, runner);
    this.#ofTenant(tenant).set(runner.id, runner);
    scaleSet?.runners.set(runner.id, runner);
    return runner;
  }

  /** A registered runner. */
  find(id: number): Runner | undefined {
    return this.#byId.get(id);
  }

  /** A registered runner, or one that is gone. */
  findEver(id: number): Runner | undefined {
    return this.#byId.get(id) ?? this.#gone.get(id);
  }

  byName(tenant: Tenant, name: string): Runner | undefined {
    return this.#byName.get(nameKey(tenant, name));
  }

  byClientId(clientId: string): Runner | undefined {
    return this.#byClientId.get(clientId.toLowerCase());
  }

  of(tenant: Tenant): IterableIterator<Runner> {
    return this.#ofTenant(tenant).values();
  }

  /** Every runner that is remembered, in the order of registration. */
  *ever(): IterableIterator<Runner> {
    yield* this.#gone.values();
    yield* this.#byId.values();
  }

  setIdle(runner: Runner): void {
    runner.phase = { kind: "online", sinceMs: this.#kernel.nowMs() };
    if (runner.scaleSet === undefined) this.looseIdle.add(runner);
    else runner.scaleSet.idle.set(runner.id, runner);
    this.#touch(runner);
  }

  /** Takes a runner out of the ranks of the free ones, whatever it does next. */
  clearIdle(runner: Runner): void {
    this.looseIdle.delete(runner);
    runner.scaleSet?.idle.delete(runner.id);
    this.#touch(runner);
  }

  /** Ends a registration. The caller has dealt with its offer and its job. */
  forget(runner: Runner): void {
    this.clearIdle(runner);
    runner.phase = { kind: "gone", goneAtMs: this.#kernel.nowMs() };
    this.#byId.delete(runner.id);
    this.#byName.delete(nameKey(runner.tenant, runner.name));
    this.#byClientId.delete(runner.clientId);
    this.#ofTenant(runner.tenant).delete(runner.id);
    runner.scaleSet?.runners.delete(runner.id);
    this.#gone.set(runner.id, runner);
    if (this.#gone.size > this.#kernel.limits.historyMax) {
      const oldest = this.#gone.keys().next();
      if (!oldest.done) this.#gone.delete(oldest.value);
    }
    this.#kernel.emit({ kind: "runner-gone", runnerId: runner.id });
  }

  #ofTenant(tenant: Tenant): Map<number, Runner> {
    let runners = this.#byTenant.get(tenant);
    if (runners === undefined) {
      runners = new Map();
      this.#byTenant.set(tenant, runners);
    }
    return runners;
  }

  #touch(runner: Runner): void {
    if (runner.scaleSet !== undefined) this.#kernel.touched.add(runner.scaleSet);
  }
}

function nameKey(tenant: Tenant, name: string): string {
  return `${tenant.key}\n${name.toLowerCase()}`;
}
