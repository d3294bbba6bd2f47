import { applyInstances, applyRegistrations, registryMoves } from "./looking.ts";
import type { PoolContext } from "./pool-context.ts";

/** When a pool looks at its providers and at GitHub's list of runners; each look runs beside the loop and rings when it is over. */
export class Looks {
  readonly #context: PoolContext;
  /** Keeps a look for the end of the pool. */
  readonly #track: (look: Promise<void>) => void;
  /** When a list was last asked for, by provider; none when the last one is outdated. */
  readonly #askedAtMs = new Map<string, number>();
  readonly #underWay = new Set<string>();
  #registryAskedAtMs = Number.NEGATIVE_INFINITY;
  /** Registry lists that failed in a row. */
  #registryFailures = 0;

  constructor(context: PoolContext, track: (look: Promise<void>) => void) {
    this.#context = context;
    this.#track = track;
  }

  /** The provider's last list is outdated. */
  outdate(provider: string): void {
    this.#askedAtMs.delete(provider);
  }

  /** When the registry is due next; providers are looked at with every resync. */
  get registryDueAtMs(): number {
    return this.#registryAskedAtMs + this.#registryPaceMs();
  }

  /** The clock leapt by so much. */
  shiftInstants(byMs: number): void {
    for (const [provider, atMs] of this.#askedAtMs) this.#askedAtMs.set(provider, atMs + byMs);
    this.#registryAskedAtMs += byMs;
  }

  /** @param signal ends the looks that begin now. */
  beginDue(signal: AbortSignal): void {
    const { clock, pace, censuses } = this.#context.parts;
    const nowMs = clock.nowMs();
    for (const [name, census] of censuses) {
      const code = `provider:${name}`;
      if (!this.#livesAt(name) || this.#underWay.has(code)) continue;
      const askedAtMs = this.#askedAtMs.get(name);
      if (askedAtMs !== undefined && nowMs - askedAtMs < pace.resyncMs) continue;
      this.#askedAtMs.set(name, nowMs);
      // Something changed: a list from now on. Only the resync is due: what another pool has just listed will do.
      const notBeforeMs = askedAtMs === undefined ? nowMs : nowMs - pace.resyncMs / 2;
      this.#begin(code, async () => {
        applyInstances(this.#context, await census.look(notBeforeMs, signal));
      });
    }
    if (this.#underWay.has("registry") || nowMs < this.registryDueAtMs) return;
    this.#registryAskedAtMs = nowMs;
    this.#begin("registry", async () => {
      this.#registryFailures += 1;
      const { registry } = this.#context.ports;
      const found = await registry.list({ signal: clock.deadline(signal, pace.registryCallMs) });
      await applyRegistrations(this.#context, found);
      this.#registryFailures = 0;
    });
  }

  /** A list that failed is asked for again soon, then ever more slowly, so that a trouble that is over does not stand there for long. */
  #registryPaceMs(): number {
    const { registryBusyMs, registryQuietMs } = this.#context.parts.pace;
    if (registryMoves(this.#context.state.runners.values())) return registryBusyMs;
    if (this.#registryFailures === 0) return registryQuietMs;
    return Math.min(registryQuietMs, registryBusyMs * 2 ** Math.min(this.#registryFailures - 1, 10));
  }

  /** The failure of a look is a problem of this pool, never of another. */
  #begin(code: string, look: () => Promise<void>): void {
    const { state, wake } = this.#context;
    this.#underWay.add(code);
    this.#track(
      look()
        .then(
          () => state.settle(code),
          (error: unknown) => this.#context.fail(code, error),
        )
        .finally(() => {
          this.#underWay.delete(code);
          wake.ring();
        }),
    );
  }

  #livesAt(provider: string): boolean {
    const { options, state } = this.#context;
    if (options.placements.some((placement) => placement.provider === provider)) return true;
    for (const runner of state.runners.values()) if (runner.provider === provider) return true;
    return false;
  }
}
