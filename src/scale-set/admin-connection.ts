import type { CallOptions, Clock } from "./ports.ts";
import { register, type AdminConnectionGrant, type RegistrationSetup } from "./registration.ts";
import { SingleFlight } from "./single-flight.ts";

/** A token that ends within this time is renewed before it is used. */
const refreshBeforeMs = 60_000;

/** Keeps one connection to the Actions Service fresh: at most one exchange at a time, however many calls wait for it. */
export class AdminConnection {
  readonly #setup: RegistrationSetup;
  readonly #clock: Clock;
  readonly #exchange = new SingleFlight<AdminConnectionGrant>();
  #grant: AdminConnectionGrant | undefined;

  constructor(setup: RegistrationSetup) {
    this.#setup = setup;
    this.#clock = setup.line.clock;
  }

  /** A grant that is good for another minute at least. A failed exchange leaves the old grant as it is. */
  async current(options: CallOptions): Promise<AdminConnectionGrant> {
    const grant = this.#grant;
    if (grant !== undefined && this.#clock.nowMs() + refreshBeforeMs <= grant.expiresAtMs) return grant;
    return this.#exchange.run(async (signal) => {
      this.#grant = await register(this.#setup, { signal });
      return this.#grant;
    }, options);
  }

  /** The service refused this token: the next call exchanges again. A newer grant stays. */
  invalidate(token: string): void {
    if (this.#grant?.token === token) this.#grant = undefined;
  }
}
