import { entriesOf, isList, isRecord, type Value } from "../../workflow/value.ts";

/** A context value as job messages carry it. */
export type ContextData =
  | string
  | number
  | boolean
  | null
  | { readonly t: 4; readonly n: string }
  | { readonly t: 1; readonly a: readonly ContextData[] }
  | { readonly t: 2; readonly d: readonly { readonly k: string; readonly v: ContextData }[] };

/** Single values stand for themselves; lists and mappings are tagged. */
export function contextData(value: Value): ContextData {
  if (isList(value)) return { t: 1, a: value.map(contextData) };
  if (isRecord(value)) return { t: 2, d: entriesOf(value).map(([k, v]) => ({ k, v: contextData(v) })) };
  // JSON has no such numbers; .NET writes and reads them as texts.
  return typeof value === "number" && !Number.isFinite(value) ? { t: 4, n: String(value) } : value;
}
