import type { Clock } from "../core/ports/clock.ts";
import type { HttpRequest, HttpResponse, Transport } from "../core/ports/transport.ts";
import { RateLimitError } from "./errors.ts";

export interface BudgetOptions {
  readonly clock: Clock;
  /** Base of the REST API; requests to other addresses (long polls, the Actions Service) pass unlimited. */
  readonly restBase: string;
  /** REST requests in flight at once. Default 20; GitHub's own bound is 100 for a credential. */
  readonly concurrencyMax?: number;
  /** Default 900: GET costs 1, anything that writes 5. `Infinity` for a server without limits. */
  readonly pointsPerMinute?: number;
  /** A request that would have to wait longer is refused with {@link RateLimitError} instead. Default 60 s. */
  readonly waitMaxMs?: number;
}

/** What a credential may still spend; shown by status. */
export interface BudgetView {
  readonly resources: readonly {
    readonly resource: string;
    readonly limit: number;
    readonly remaining: number;
    readonly resetAtMs: number;
  }[];
  /** Until when nothing is sent because of a secondary limit; undefined when nothing is held back. */
  readonly heldUntilMs: number | undefined;
  readonly inFlight: number;
  readonly waiting: number;
}

/** A secondary limit without a `Retry-After` is waited out this long, then twice as long... */
const secondaryHoldMs = 60_000;
const secondaryHoldMaxMs = 15 * 60_000;
/** Clocks differ: ask a little after the reset. */
const resetMarginMs = 1_000;
/** GitHub's windows are an hour long. A reset that lies further ahead tells of a clock that is wrong here, not of a longer wait. */
const windowMs = 3_600_000;

/**
 * The one place through which every REST request of a credential goes, whoever sends it: as many at once as GitHub
 * likes, none while a limit is reached.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export class Budget implements Transport {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #restBase: string;
  readonly #concurrencyMax: number;
  readonly #pointsPerMinute: number;
  readonly #waitMaxMs: number;
  readonly #resources = new Map<string, { limit: number; remaining: number; resetAtMs: number }>();
  /** Which resource an endpoint was seen to be counted under. */
  readonly #resourceOf = new Map<string, string>();
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;
  #points: number;
  #pointsAtMs: number;
  #heldSinceMs = 0;
  #heldUntilMs = 0;
  #holdMs = secondaryHoldMs;

  constructor(transport: Transport, options: BudgetOptions) {
    this.#transport = transport;
    this.#clock = options.clock;
    this.#restBase = `${options.restBase}/`;
    this.#concurrencyMax = options.concurrencyMax ?? 20;
    this.#pointsPerMinute = options.pointsPerMinute ?? 900;
    this.#waitMaxMs = options.waitMaxMs ?? 60_000;
    this.#points = this.#pointsPerMinute;
    this.#pointsAtMs = options.clock.nowMs();
  }

  view(): BudgetView {
    return {
      resources: [...this.#resources].map(([resource, room]) => ({ resource, ...room })),
      heldUntilMs: this.#heldUntilMs > this.#clock.nowMs() ? this.#heldUntilMs : undefined,
      inFlight: this.#inFlight,
      waiting: this.#queue.length,
    };
  }

  /** @throws {RateLimitError} a limit is reached for longer than the longest wait. */
  async send(request: HttpRequest, { signal }: { readonly signal: AbortSignal }): Promise<HttpResponse> {
    if (!request.url.startsWith(this.#restBase)) return this.#transport.send(request, { signal });
    await this.#turn(signal);
    try {
      await this.#room(request, signal);
      const response = await this.#transport.send(request, { signal });
      this.#learn(request, response);
      return response;
    } finally {
      // The place is handed to the one that waits longest, so that nobody who comes later takes it.
      const next = this.#queue.shift();
      if (next === undefined) this.#inFlight -= 1;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inFlight >= this.#concurrencyMax) return this.#place(signal);
    this.#inFlight += 1;
  }

  #place(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const proceed = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        const index = this.#queue.indexOf(proceed);
        if (index >= 0) this.#queue.splice(index, 1);
        reject(signal.reason as Error);
      };
      this.#queue.push(proceed);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  async #room(request: HttpRequest, signal: AbortSignal): Promise<void> {
    const resource = this.#resourceOf.get(endpoint(request, this.#restBase)) ?? "core";
    for (;;) {
      const nowMs = this.#clock.nowMs();
      const hold = this.#holdFor(resource, nowMs);
      if (hold === undefined) break;
      if (hold.untilMs - nowMs > this.#waitMaxMs) throw new RateLimitError(hold.limit, resource, hold.untilMs, nowMs);
      await this.#clock.sleep(hold.untilMs - nowMs, signal);
    }
    const room = this.#resources.get(resource);
    // Counted down at once, so that requests in flight together do not all see the last one.
    if (room !== undefined) room.remaining = Math.max(0, room.remaining - 1);
    await this.#pace(request.method === "GET" ? 1 : 5, signal);
  }

  #holdFor(
    resource: string,
    nowMs: number,
  ): { readonly limit: "primary" | "secondary"; readonly untilMs: number } | undefined {
    // Held before the clock was put back: how long is not known any more, so GitHub is asked.
    if (nowMs < this.#heldSinceMs) this.#heldUntilMs = 0;
    if (this.#heldUntilMs > nowMs) return { limit: "secondary", untilMs: this.#heldUntilMs };
    const room = this.#resources.get(resource);
    if (room !== undefined) room.resetAtMs = Math.min(room.resetAtMs, nowMs + windowMs + resetMarginMs);
    if (room !== undefined && room.remaining <= 0 && room.resetAtMs > nowMs) {
      return { limit: "primary", untilMs: room.resetAtMs };
    }
    return undefined;
  }

  async #pace(cost: number, signal: AbortSignal): Promise<void> {
    if (!Number.isFinite(this.#pointsPerMinute)) return;
    const nowMs = this.#clock.nowMs();
    const refill = (Math.max(0, nowMs - this.#pointsAtMs) * this.#pointsPerMinute) / 60_000;
    // May go below zero: that is the debt which the next ones wait for, each its own share.
    this.#points = Math.min(this.#pointsPerMinute, this.#points + refill) - cost;
    this.#pointsAtMs = nowMs;
    if (this.#points < 0) await this.#clock.sleep((-this.#points * 60_000) / this.#pointsPerMinute, signal);
  }

  #learn(request: HttpRequest, response: HttpResponse): void {
    const nowMs = this.#clock.nowMs();
    const resource = response.headers["x-ratelimit-resource"] ?? "core";
    const limit = headerNumber(response, "x-ratelimit-limit");
    const remaining = headerNumber(response, "x-ratelimit-remaining");
    const reset = headerNumber(response, "x-ratelimit-reset");
    if (limit !== undefined && remaining !== undefined && reset !== undefined) {
      if (this.#resourceOf.size < 500) this.#resourceOf.set(endpoint(request, this.#restBase), resource);
      this.#resources.set(resource, { limit, remaining, resetAtMs: reset * 1000 + resetMarginMs });
    }
    if (response.status < 400) this.#holdMs = secondaryHoldMs;
    if (!isSecondaryLimit(response)) return;
    const retryAfter = headerNumber(response, "retry-after");
    this.#heldSinceMs = nowMs;
    this.#heldUntilMs = Math.max(
      this.#heldUntilMs,
      nowMs + (retryAfter === undefined ? this.#holdMs : retryAfter * 1000),
    );
    if (retryAfter === undefined) this.#holdMs = Math.min(this.#holdMs * 2, secondaryHoldMaxMs);
  }
}

/** When the answer tells of a limit: which one, and until when. */
export function rateLimitOf(
  response: HttpResponse,
  nowMs: number,
): { readonly limit: "primary" | "secondary"; readonly resource: string; readonly retryAtMs: number } | undefined {
  const resource = response.headers["x-ratelimit-resource"] ?? "core";
  if (isSecondaryLimit(response)) {
    const waitMs = (headerNumber(response, "retry-after") ?? secondaryHoldMs / 1000) * 1000;
    return { limit: "secondary", resource, retryAtMs: nowMs + waitMs };
  }
  if (!isPrimaryLimit(response)) return undefined;
  const reset = headerNumber(response, "x-ratelimit-reset");
  const retryAtMs = reset === undefined ? nowMs + secondaryHoldMs : reset * 1000 + resetMarginMs;
  return { limit: "primary", resource, retryAtMs };
}

function isPrimaryLimit({ status, headers }: HttpResponse): boolean {
  return (status === 403 || status === 429) && headers["x-ratelimit-remaining"] === "0";
}

function isSecondaryLimit(response: HttpResponse): boolean {
  if (response.status !== 403 && response.status !== 429) return false;
  if (/secondary rate limit/i.test(response.body)) return true;
  if (isPrimaryLimit(response)) return false;
  return response.status === 429 || response.headers["retry-after"] !== undefined;
}

function headerNumber(response: HttpResponse, name: string): number | undefined {
  const value = response.headers[name];
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Method and path with the numbers taken out: what GitHub counts as one endpoint. */
function endpoint(request: HttpRequest, restBase: string): string {
  const path = request.url.slice(restBase.length).split("?")[0] ?? "";
  return `${request.method} ${path.replace(/\/\d+(?=\/|$)/g, "/N")}`;
}
