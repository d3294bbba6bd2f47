import { UnreadableAnswerError } from "./errors.ts";
import type { RestClient } from "./rest-client.ts";
import type { Scope } from "./scope.ts";

/**
 * Whether anybody on the internet can read the scope's repository, and so propose jobs to its runners. Undefined for an
 * organization or an enterprise: those hold repositories of both kinds.
 */
export async function isPublicScope(
  rest: RestClient,
  scope: Scope,
  options: { readonly signal: AbortSignal },
): Promise<boolean | undefined> {
  if (scope.configUrl.scope.kind !== "repository") return undefined;
  const { json } = await rest.call({ method: "GET", path: scope.restPath }, options);
  const { private: isPrivate, visibility } = (json ?? {}) as {
    readonly private?: unknown;
    readonly visibility?: unknown;
  };
  if (typeof visibility === "string") return visibility === "public";
  if (typeof isPrivate === "boolean") return !isPrivate;
  throw new UnreadableAnswerError(scope.restPath, "neither visibility nor private is there");
}
