import { z } from "zod";

const unitBytes: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const pattern = /^([1-9]\d{0,6})(Ki|Mi|Gi|Ti)$/;

/** `512Mi` or `2Gi` in bytes; undefined for anything else. */
export function parseByteSize(text: string): number | undefined {
  const [, count, unit = ""] = pattern.exec(text) ?? [];
  const bytes = Number(count) * (unitBytes[unit] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size as users write it; parsed to bytes. */
export function byteSize(description: string) {
  return z
    .string()
    .regex(pattern)
    .transform((text) => parseByteSize(text) ?? 0)
    .meta({ description, expects: "a size, written like 512Mi or 2Gi", sample: "4Gi" });
}
