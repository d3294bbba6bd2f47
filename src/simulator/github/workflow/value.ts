/** What an expression gives, as plain data. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export type ValueRecord = Readonly<Record<string, Value>>;

export function isRecord(value: Value | undefined): value is ValueRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
