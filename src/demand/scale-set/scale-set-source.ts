import type { Clock } from "../../core/ports/clock.ts";
import type { DemandSink, DemandSource } from "../../core/ports/demand-source.ts";
import { DemandSourceError } from "../../core/ports/errors.ts";
import { isServiceError, Listener, type JobAvailable, type Log, type ScaleSetClient } from "../../scale-set/index.ts";
import { factOf, statisticsFact } from "./facts.ts";
import type { PoolScaleSet } from "./pool-scale-set.ts";
import { startTrouble, toldState } from "./told-state.ts";

export interface ScaleSetSourceOptions {
  readonly client: ScaleSetClient;
  readonly scaleSet: PoolScaleSet;
  /** Shown to others who want the session. */
  readonly ownerName: string;
  readonly clock: Clock;
  readonly log?: Log;
}

const vanishedAgainMs = 60_000;
const vanished = "GitHub no longer knows the pool's scale set; it is registered again.";
/** GitHub answers a poll within about 50 s. One that hangs (F23) must not leave a queue unheard for the listener's own five minutes. */
const pollTimeoutMs = 90_000;

/**
 * Demand from a scale set's message session. Handle, then acknowledge: the listener deletes a message only after the pool has
 * journalled and applied its facts. A scale set that vanished (F13) is made again under its name.
 */
export function createScaleSetSource(options: ScaleSetSourceOptions): DemandSource {
  const { client, scaleSet, ownerName, clock, log } = options;
  let listening: Listener | undefined;
  let vanishedAtMs = Number.NEGATIVE_INFINITY;
  return {
    capacityRose: () => listening?.repoll(),
    async run(sink, { signal }) {
      while (!signal.aborted) {
        const scaleSetId = await scaleSet.id({ signal }).catch((error: unknown) => {
          throw startTrouble(error);
        });
        const listener = new Listener({
          client,
          scaleSetId,
          ownerName,
          clock,
          patience: { pollTimeoutMs },
          ...(log === undefined ? {} : { log }),
          handler: {
            capacity: () => sink.capacity(),
            onStatistics: (statistics, call) => sink.accept([statisticsFact(statistics)], call),
            // The counts come last: they are as new as the message, and what they lack is then known by name.
            onMessage: ({ jobs }, statistics, call) =>
              sink.accept([...jobs.map(factOf), statisticsFact(statistics)], call),
            chooseOffers: (offers) => affordable(offers, sink),
            onState: (state) => sink.report(toldState(state, scaleSet.missingLabels)),
          },
        });
        listening = listener;
        try {
          await listener.run({ signal });
        } catch (error) {
          if (!isServiceError(error, "ScaleSetNotFound")) throw error;
          const nowMs = clock.nowMs();
          scaleSet.forget();
          // Vanished again at once: registering it in a circle helps nobody, so the supervisor's pause comes in.
          if (nowMs - vanishedAtMs < vanishedAgainMs) {
            throw new DemandSourceError("scale-set-vanished", vanished, { cause: error });
          }
          vanishedAtMs = nowMs;
          sink.report({
            kind: "retrying",
            sinceMs: nowMs,
            code: "scale-set-vanished",
            message: vanished,
            nextAttemptAtMs: nowMs,
          });
        }
      }
    },
  };
}

/** Reserve before acquiring: never take more than placement can run. */
function affordable(offers: readonly JobAvailable[], sink: DemandSink): readonly number[] {
  return offers.slice(0, Math.max(0, sink.capacity())).map((offer) => offer.runnerRequestId);
}
