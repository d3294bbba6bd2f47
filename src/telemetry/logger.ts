import { pino, type Logger } from "pino";
import type { Clock } from "../core/ports/clock.ts";
import { describeErrors } from "./describe-error.ts";
import { prettyLine } from "./pretty-line.ts";
import { redactValue } from "./redact.ts";

export type { Logger } from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Where log lines go: a stream, or anything that takes text and may be a terminal. */
export interface LogDestination {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface LoggerOptions {
  readonly clock: Pick<Clock, "nowMs">;
  readonly destination: LogDestination;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** `auto` (default): for people on a terminal, JSON lines otherwise. */
  readonly format?: "auto" | "pretty" | "json";
  /** Default: as the destination is a terminal. Callers pass false when NO_COLOR is set. */
  readonly color?: boolean;
}

/**
 * Drover's logger. Messages are constant, facts go in fields: `log.warn({ pool, err }, "launch failed")`.
 *
 * Every line passes one gate on its way out, where whatever looks like a secret is replaced, however deep it sits and
 * whichever way it came in: field, message, child binding, error, cause.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { destination, clock } = options;
  const pretty = options.format === "pretty" || (options.format !== "json" && destination.isTTY === true);
  const color = options.color ?? destination.isTTY === true;
  return pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      serializers: { err: (value: unknown) => value },
      formatters: {
        level: (label) => ({ level: label }),
        log: plainFacts,
        bindings: plainFacts,
      },
    },
    {
      write(line: string) {
        const record = redactValue(JSON.parse(line)) as Record<string, unknown>;
        destination.write(pretty ? prettyLine(record, { color }) : `${JSON.stringify(record)}\n`);
      },
    },
  );
}

function plainFacts(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, describeErrors(value)]));
}
