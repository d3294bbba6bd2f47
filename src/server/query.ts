import { badRequest } from "./api-error.ts";

/** Reads a whole number from a query member. @throws {ApiError} 400 when it is none or out of bounds. */
export function numberIn(
  query: unknown,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = textIn(query, name);
  if (text === undefined) return bounds.fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw badRequest(
      `"${name}" must be a whole number from ${bounds.min} to ${bounds.max}.`,
      `Correct or leave out ?${name}=; the default is ${bounds.fallback}.`,
    );
  }
  return value;
}

/** The member as text; undefined when it is missing. @throws {ApiError} 400 when it is given twice. */
export function textIn(query: unknown, name: string): string | undefined {
  const value = (query as Record<string, unknown>)[name];
  if (value === undefined || typeof value === "string") return value;
  throw badRequest(`"${name}" is given more than once.`, `Give ?${name}= once.`);
}
