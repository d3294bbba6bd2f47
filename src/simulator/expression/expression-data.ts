import { data } from "@actions/expressions";
import { numberText } from "./number-text.ts";

/** A number that becomes text as on GitHub; the package writes it as JavaScript does. */
export class GitHubNumber extends data.NumberData {
  override coerceString(): string {
    return numberText(this.value);
  }
}

/** A mapping whose keys are the same in any case. Of entries with the same key the last wins, at the place of the first. */
export function dictionary(entries: Iterable<readonly [string, data.ExpressionData]>): data.Dictionary {
  const merged = new Map<string, { readonly key: string; value: data.ExpressionData }>();
  for (const [key, value] of entries) {
    const known = merged.get(key.toLowerCase());
    if (known === undefined) merged.set(key.toLowerCase(), { key, value });
    else known.value = value;
  }
  return new data.Dictionary(...merged.values());
}
