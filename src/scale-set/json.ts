/** Why an answer could not be read. Names the member, never its value: answers hold secrets. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Compact JSON as the service's reference client writes it: HTML characters and line separators escaped. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Removes one leading byte order mark; some of the service's answers carry one. */
export function stripByteOrderMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** The first JSON value of an answer. What follows it is ignored. */
export function parseFirstJson(text: string): unknown {
  const body = stripByteOrderMark(text);
  try {
    return JSON.parse(body);
  } catch {
    try {
      return JSON.parse(body.slice(0, endOfFirstValue(body)));
    } catch {
      throw new DecodeError(body.trim() === "" ? "the answer is empty" : "the answer is not valid JSON");
    }
  }
}

/** An object member wherever one is expected; `null` and absence read as an empty object. */
export function asObject(value: unknown, where: string): JsonObject {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new DecodeError(`${where} is not an object`);
  return value as JsonObject;
}

/** Member by name, exact first, then ignoring case: the service's own casing differs from call to call. */
export function member(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const wanted = name.toLowerCase();
  for (const key of Object.keys(object)) if (key.toLowerCase() === wanted) return object[key];
  return undefined;
}

export function textMember(object: JsonObject, name: string): string {
  const value = member(object, name) ?? "";
  if (typeof value !== "string") throw new DecodeError(`${name} is not a string`);
  return value;
}

/** An integer up to 2^53 - 1. A larger one is refused: JSON.parse would have rounded it already. */
export function integerMember(object: JsonObject, name: string): number {
  const value = member(object, name) ?? 0;
  if (typeof value !== "number") throw new DecodeError(`${name} is not an integer`);
  if (!Number.isSafeInteger(value)) throw new DecodeError(`${name} is not an integer within 2^53 - 1`);
  return value;
}

export function flagMember(object: JsonObject, name: string): boolean {
  const value = member(object, name) ?? false;
  if (typeof value !== "boolean") throw new DecodeError(`${name} is not a boolean`);
  return value;
}

export function listMember(object: JsonObject, name: string): readonly unknown[] {
  const value = member(object, name) ?? [];
  if (!Array.isArray(value)) throw new DecodeError(`${name} is not a list`);
  return value;
}

/** RFC 3339 with a zone and a fraction of any length, in milliseconds; undefined for the zero time, `null` and absence. */
export function instantMember(object: JsonObject, name: string): number | undefined {
  const value = member(object, name);
  if (value === null || value === undefined) return undefined;
  const match =
    typeof value === "string" ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.exec(value) : null;
  const milliseconds = match === null ? NaN : Date.parse(`${match[1]}${(match[2] ?? "").slice(0, 4)}${match[3]}`);
  if (Number.isNaN(milliseconds)) throw new DecodeError(`${name} is not an RFC 3339 time with a zone`);
  return milliseconds < 0 && String(value).startsWith("0001-01-01T00:00:00") ? undefined : milliseconds;
}

// Only brackets and strings matter here; JSON.parse judges the rest.
function endOfFirstValue(text: string): number {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth += 1;
    else if ((character === "}" || character === "]") && (depth -= 1) === 0) return index + 1;
  }
  return text.length;
}
