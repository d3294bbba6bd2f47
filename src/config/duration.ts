import { z } from "zod";
import { durationPattern, parseDuration } from "./duration-text.ts";

/** A duration as users write it; parsed to milliseconds. */
export function duration(options: { readonly description: string; readonly atLeast: string }) {
  const leastMs = parseDuration(options.atLeast) ?? 0;
  return z
    .string()
    .regex(durationPattern)
    .refine((text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= leastMs;
    })
    .transform((text) => parseDuration(text) ?? 0)
    .meta({
      description: options.description,
      expects: `a duration from ${options.atLeast} to 24d, written like 30s, 5m, 6h or 1d`,
    });
}
