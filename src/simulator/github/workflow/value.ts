/** What an expression gives, as plain data. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export type ValueRecord = Readonly<Record<string, Value>>;

export function isRecord(value: Value | undefined): value is ValueRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

// JavaScript puts keys that read as numbers first; GitHub keeps every key where it was written.
const keyOrders = new WeakMap<object, readonly string[]>();

/** A record whose entries `entriesOf` gives back in this order. Of entries with the same key the last wins. */
export function recordOf(entries: Iterable<readonly [string, Value]>): ValueRecord {
  const merged = new Map(entries);
  const record = Object.fromEntries(merged);
  keyOrders.set(record, [...merged.keys()]);
  return record;
}

export function entriesOf(record: ValueRecord): (readonly [string, Value])[] {
  const order = keyOrders.get(record);
  return order === undefined ? Object.entries(record) : order.map((key) => [key, record[key] ?? null] as const);
}
