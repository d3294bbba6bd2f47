import { isList, isRecord, type Value } from "../../workflow/value.ts";

/** A context value as job messages carry it. */
export type ContextData =
  | string
  | number
  | boolean
  | null
  | { readonly t: 1; readonly a: readonly ContextData[] }
  | { readonly t: 2; readonly d: readonly { readonly k: string; readonly v: ContextData }[] };

/** Single values stand for themselves; lists and mappings are tagged. */
export function contextData(value: Value): ContextData {
  if (isList(value)) return { t: 1, a: value.map(contextData) };
  if (isRecord(value)) return { t: 2, d: Object.entries(value).map(([k, v]) => ({ k, v: contextData(v) })) };
  return value;
}
