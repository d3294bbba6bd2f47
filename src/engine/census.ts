import type { Clock } from "../core/ports/clock.ts";
import type { Instance, Provider } from "../core/ports/provider.ts";

/** One complete list of a provider, shared by all pools that live there. */
export interface CensusLook {
  readonly provider: string;
  readonly beganAtMs: number;
  readonly byPool: ReadonlyMap<string, ReadonlyMap<string, Instance>>;
}

/** Asks a provider for everything the installation owns, once for all pools that want to know. */
export class Census {
  readonly provider: Provider;
  readonly #installation: string;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  #latest: CensusLook | undefined;
  #pending: { readonly beganAtMs: number; readonly look: Promise<CensusLook> } | undefined;

  constructor(provider: Provider, installation: string, clock: Clock, deadlineMs: number) {
    this.provider = provider;
    this.#installation = installation;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * A look that began at `notBeforeMs` or later: the last one, the one under way, or a new one.
   *
   * @throws whatever the provider's `listOwned` throws; nothing may be concluded then.
   */
  async look(notBeforeMs: number, signal: AbortSignal): Promise<CensusLook> {
    const latest = this.#latest;
    // One from the future is from before the clock was put back.
    if (latest !== undefined && latest.beganAtMs >= notBeforeMs && latest.beganAtMs <= this.#clock.nowMs())
      return latest;
    while (this.#pending !== undefined && this.#pending.beganAtMs < notBeforeMs) {
      // It began too early for this caller; two lists at once would only strain the provider.
      await this.#pending.look.catch(() => undefined);
    }
    return await (this.#pending ?? this.#begin(signal)).look;
  }

  #begin(signal: AbortSignal): { readonly beganAtMs: number; readonly look: Promise<CensusLook> } {
    const beganAtMs = this.#clock.nowMs();
    const look = this.#list(beganAtMs, signal).finally(() => {
      this.#pending = undefined;
    });
    this.#pending = { beganAtMs, look };
    return this.#pending;
  }

  async #list(beganAtMs: number, signal: AbortSignal): Promise<CensusLook> {
    const deadline = this.#clock.deadline(signal, this.#deadlineMs);
    const instances = await this.provider.listOwned(this.#installation, { signal: deadline });
    const byPool = new Map<string, Map<string, Instance>>();
    for (const instance of instances) {
      const pool = byPool.get(instance.pool) ?? new Map<string, Instance>();
      pool.set(instance.runner, instance);
      byPool.set(instance.pool, pool);
    }
    this.#latest = { provider: this.provider.name, beganAtMs, byPool };
    return this.#latest;
  }
}
