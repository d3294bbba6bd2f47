import type { Clock } from "../core/ports/clock.ts";
import type { Registration, RegistryList } from "../core/ports/runner-registry.ts";

/** How old a list may be that pools of one scope share: 500 pools then cost GitHub no more than one. */
const shareMs = 10_000;

/** The registrations of one scope, read once for all its pools. */
export class SharedListing {
  readonly #read: (options: { readonly signal: AbortSignal }) => Promise<readonly Registration[]>;
  readonly #clock: Clock;
  #latest: { readonly beganAtMs: number; readonly list: Promise<RegistryList> } | undefined;

  constructor(read: (options: { readonly signal: AbortSignal }) => Promise<readonly Registration[]>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** @throws whatever reading throws; a failed reading is not shared with later callers. */
  list(options: { readonly signal: AbortSignal }): Promise<RegistryList> {
    const nowMs = this.#clock.nowMs();
    const ageMs = nowMs - (this.#latest?.beganAtMs ?? 0);
    // One from the future is from before the clock was put back.
    if (this.#latest !== undefined && ageMs >= 0 && ageMs < shareMs) return this.#latest.list;
    const list = this.#read(options).then((registrations) => ({ beganAtMs: nowMs, registrations }));
    const latest = { beganAtMs: nowMs, list };
    this.#latest = latest;
    list.catch(() => {
      if (this.#latest === latest) this.#latest = undefined;
    });
    return list;
  }
}
