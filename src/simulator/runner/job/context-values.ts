import { data } from "@actions/expressions";
import { dictionary, GitHubNumber } from "../../expression/expression-data.ts";
import { writeJson } from "../../expression/json-data.ts";
import { isObject } from "../wire/json-fields.ts";

export { dictionary };

export type Value = data.ExpressionData;

/** A dictionary whose keys differ by case, as the `env` context's do on Linux, and whose entries can be replaced. */
export class CaseSensitiveDictionary extends data.Dictionary {
  readonly #entries = new Map<string, Value>();

  constructor(entries: Iterable<readonly [string, Value]> = []) {
    super();
    for (const [key, value] of entries) this.#entries.set(key, value);
  }

  override add(key: string, value: Value): void {
    this.#entries.set(key, value);
  }

  override get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  override values(): Value[] {
    return [...this.#entries.values()];
  }

  override pairs(): { key: string; value: Value }[] {
    return [...this.#entries].map(([key, value]) => ({ key, value }));
  }
}

export function string(value: string): Value {
  return new data.StringData(value);
}

export function textDictionary(entries: Iterable<readonly [string, string]>): data.Dictionary {
  return dictionary([...entries].map(([key, value]) => [key, string(value)] as const));
}

/**
 * Decodes `contextData`: raw JSON scalars, or objects with a type number `t`: 0 string `s`, 1 array `a`, 2 dictionary `d`,
 * 3 boolean `b`, 4 number `n`, 5 case-sensitive dictionary `d`. Anything else, and what is absent, is null.
 */
export function decodeContextValue(encoded: unknown): Value {
  if (typeof encoded === "string") return new data.StringData(encoded);
  if (typeof encoded === "number") return new GitHubNumber(encoded);
  if (typeof encoded === "boolean") return new data.BooleanData(encoded);
  if (!isObject(encoded)) return new data.Null();
  switch (encoded["t"] ?? 0) {
    case 0:
      return new data.StringData(typeof encoded["s"] === "string" ? encoded["s"] : "");
    case 1:
      return new data.Array(...(Array.isArray(encoded["a"]) ? encoded["a"].map(decodeContextValue) : []));
    case 2:
      return dictionary(decodePairs(encoded["d"]));
    case 3:
      return new data.BooleanData(encoded["b"] === true);
    case 4:
      return new GitHubNumber(Number(encoded["n"] ?? 0));
    case 5:
      return new CaseSensitiveDictionary(decodePairs(encoded["d"]));
    default:
      return new data.Null();
  }
}

function decodePairs(pairs: unknown): (readonly [string, Value])[] {
  if (!Array.isArray(pairs)) return [];
  return pairs.flatMap((pair: unknown) => {
    if (!isObject(pair)) return [];
    const key = pair["k"];
    return typeof key === "string" ? [[key, decodeContextValue(pair["v"])] as const] : [];
  });
}

/** The value of an entry as text; empty when it is absent or no dictionary was given. */
export function entryText(value: Value | undefined, key: string): string {
  return value instanceof data.Dictionary ? (value.get(key)?.coerceString() ?? "") : "";
}

/** Plain JSON of a value, for `event.json`. */
export function toJson(value: Value): string {
  return writeJson(value);
}
