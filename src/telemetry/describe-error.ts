/** An error as plain facts, its causes included, so that a log line can carry all of it. */
export interface ErrorFacts {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const maxDepth = 6;
const maxMembers = 100;

/** Turns every error inside a value into plain facts. Bounded in depth and width, so that cycles end. */
export function describeErrors(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return describeError(value, depth);
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return "[deeper than a log line goes]";
  if (Array.isArray(value)) return value.slice(0, maxMembers).map((member) => describeErrors(member, depth + 1));
  if (value instanceof Map || value instanceof Set) return describeErrors([...value], depth + 1);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const json = "toJSON" in value && typeof value.toJSON === "function" ? (value.toJSON() as unknown) : value;
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .slice(0, maxMembers)
      .map(([name, member]) => [name, describeErrors(member, depth + 1)]),
  );
}

function describeError(error: Error, depth: number): ErrorFacts | string {
  if (depth >= maxDepth) return error.message;
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === "string" ? { code } : {}),
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: describeErrors(error.cause, depth + 1) }),
    ...(error instanceof AggregateError
      ? { errors: error.errors.slice(0, maxMembers).map((one) => describeErrors(one, depth + 1)) }
      : {}),
  };
}
