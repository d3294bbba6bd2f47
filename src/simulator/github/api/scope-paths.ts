import type { Scope } from "../model/scope.ts";
import type { Call } from "./call.ts";

/** The three prefixes under which most runner calls exist, each with the way to its scope. */
export const scopePaths: readonly { readonly prefix: string; readonly scopeOf: (call: Call) => Scope }[] = [
  {
    prefix: "/repos/:owner/:repo",
    scopeOf: (call) => ({ kind: "repository", owner: call.param("owner"), repository: call.param("repo") }),
  },
  { prefix: "/orgs/:owner", scopeOf: (call) => ({ kind: "organization", owner: call.param("owner") }) },
  {
    prefix: "/enterprises/:enterprise",
    scopeOf: (call) => ({ kind: "enterprise", enterprise: call.param("enterprise") }),
  },
];

/** What GitHub says an endpoint wants, by the kind of scope. */
export function runnerPermission(scope: Scope, access: "read" | "write"): Readonly<Record<string, string>> {
  const permission = scope.kind === "repository" ? "administration" : "organization_self_hosted_runners";
  return { "x-accepted-github-permissions": `${permission}=${access}` };
}
