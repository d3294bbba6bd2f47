import type { ServerResponse } from "node:http";
import { once } from "node:events";
import type { Clock } from "../core/ports/clock.ts";
import type { RecordedEntry } from "../core/ports/journal.ts";
import type { ReadModel } from "../core/ports/read-model.ts";

export interface EventStreamPace {
  /** Between two comments that keep the connection known to be alive. */
  readonly heartbeatMs: number;
  /** What a client is told to wait before it connects again. */
  readonly retryMs: number;
  /** A client that takes nothing for this long is dropped; it may resume where it stopped. */
  readonly slowClientMs: number;
}

const batchSize = 200;

/**
 * One client's live events. The stream keeps no queue of its own: it holds a place in the journal and pulls from there when
 * the client has room, so that a slow client costs one batch of memory and is dropped when it stays slow.
 *
 * Events: `hello` first (which incarnation speaks: sequences start anew with each), `entry` with the sequence as id, and
 * `reset` when the place asked for is unknown here; the client then reads the lists again.
 *
 * @param after resume behind this sequence; undefined: only what comes from now on.
 */
export async function streamEvents(
  response: ServerResponse,
  options: {
    readonly readModel: ReadModel;
    readonly clock: Clock;
    readonly pace: EventStreamPace;
    readonly after: number | undefined;
    readonly clean: (value: unknown) => string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { readModel, clock, pace, clean } = options;
  const gone = new AbortController();
  const signal = AbortSignal.any([options.signal, gone.signal]);
  response.once("close", () => gone.abort(new Error("The client left.")));

  let cursor = options.after;
  let ring: () => void = () => undefined;
  const subscription = readModel.subscribe((entry) => {
    cursor ??= entry.sequence - 1;
    ring();
  });
  const send = async (text: string) => {
    if (response.write(text)) return;
    const deadline = clock.deadline(signal, pace.slowClientMs);
    try {
      await once(response, "drain", { signal: deadline });
    } catch {
      gone.abort(new Error("The client took nothing for too long."));
      throw signal.reason;
    }
  };

  try {
    const { incarnation, installation } = readModel.overview();
    await send(`retry: ${pace.retryMs}\nevent: hello\ndata: ${clean({ installation, incarnation })}\n\n`);
    if (cursor !== undefined && !isKnown(readModel, cursor)) {
      cursor = 0;
      await send(`event: reset\ndata: ${clean({ incarnation })}\n\n`);
    }
    while (!signal.aborted) {
      const rung = new Promise<"rung">((resolve) => {
        ring = () => resolve("rung");
      });
      const batch: readonly RecordedEntry[] = cursor === undefined ? [] : readModel.events(cursor, batchSize);
      for (const entry of batch) {
        await send(`id: ${entry.sequence}\nevent: entry\ndata: ${clean(entry)}\n\n`);
        cursor = entry.sequence;
      }
      if (batch.length > 0) continue;
      const idle = new AbortController();
      const woken = await Promise.race([
        rung,
        clock.sleep(pace.heartbeatMs, AbortSignal.any([signal, idle.signal])).then(
          () => "idle" as const,
          () => "ended" as const,
        ),
      ]);
      idle.abort(new Error("Not needed any more."));
      if (woken === "idle") await send(": still here\n\n");
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    subscription.close();
    // A client that left or hangs gets nothing more; one that listens is told the end properly.
    if (gone.signal.aborted) response.destroy();
    else response.end();
  }
}

/** False for a sequence of an earlier incarnation that this journal has not reached. */
function isKnown(readModel: ReadModel, sequence: number): boolean {
  return sequence === 0 || readModel.events(sequence - 1, 1).length > 0;
}
