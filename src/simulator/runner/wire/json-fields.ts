/**
 * Reads members of a JSON object without regard to case and without trusting their type, as the official client does
 * with what the service sends.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function field(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined;
  if (Object.hasOwn(object, name)) return object[name];
  const wanted = name.toLowerCase();
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === wanted);
  return key === undefined ? undefined : object[key];
}

/** The member as text; numbers and booleans are converted, everything else counts as absent. */
export function text(object: unknown, name: string): string | undefined {
  const value = field(object, name);
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

export function list(object: unknown, name: string): readonly unknown[] {
  const value = field(object, name);
  return Array.isArray(value) ? value : [];
}

/** True for `true` and for the texts "true" and "True", which .NET writes. */
export function flag(object: unknown, name: string): boolean {
  return text(object, name)?.toLowerCase() === "true";
}

/** Parsed JSON, or undefined when the text is none. A byte order mark is skipped. */
export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source.startsWith("\uFEFF") ? source.slice(1) : source) as unknown;
  } catch {
    return undefined;
  }
}
